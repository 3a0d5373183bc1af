import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { EffectiveOrderRevised } from '#contracts';
import { type CloudEvent, Subscription } from '#messaging';
import { HeadsService } from './heads.service.js';

@Controller()
export class HeadsConsumer {
  constructor(@Inject(HeadsService) private readonly heads: HeadsService) {}

  @Subscription('order-service', { types: ['effective-order.revised'], batch: 200 })
  follow(@Payload() events: readonly CloudEvent<EffectiveOrderRevised>[]): Promise<void> {
    return this.heads.follow(events.map(({ data }) => data));
  }
}
