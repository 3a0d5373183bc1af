import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BATCHED_EVENTS } from '#contracts';
import { type CloudEvent, Subscription } from '#messaging';
import { MergeService } from './merge.service.js';

@Controller()
export class InputsConsumer {
  constructor(@Inject(MergeService) private readonly merger: MergeService) {}

  @Subscription('merger', { types: [], batched: BATCHED_EVENTS, batch: 200 })
  merge(@Payload() events: readonly CloudEvent[]): Promise<void> {
    return this.merger.merge(events);
  }
}
