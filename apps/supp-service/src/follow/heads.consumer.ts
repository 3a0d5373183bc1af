import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type CloudEvent, Subscription } from '#messaging';
import { HeadsService } from './heads.service.js';

export const HEADS = 'supp-service';

@Controller()
export class HeadsConsumer {
  constructor(@Inject(HeadsService) private readonly heads: HeadsService) {}

  @Subscription(HEADS, {
    types: ['effective-order.revised', 'supplement.held', 'supplement.rejected'],
    batch: 200,
  })
  follow(@Payload() events: readonly CloudEvent[]): Promise<void> {
    return this.heads.follow(events);
  }
}
