import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type CloudEvent, Subscription } from '#messaging';
import { HeadsService } from './heads.service.js';

@Controller()
export class HeadsConsumer {
  constructor(@Inject(HeadsService) private readonly heads: HeadsService) {}

  // Each tells of up to a batch of the merger's; alone, as where little comes, each would cost a transaction.
  @Subscription('order-service', { types: ['merge.settled'], batch: 20, restMs: 50 })
  follow(@Payload() events: readonly CloudEvent[]): Promise<void> {
    return this.heads.follow(events);
  }
}
