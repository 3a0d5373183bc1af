import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type CloudEvent, Subscription } from '#messaging';
import { MergeService } from './merge.service.js';

@Controller()
export class InputsConsumer {
  constructor(@Inject(MergeService) private readonly merger: MergeService) {}

  // effective-order.acknowledged is no input: an event that no queue takes would hold up its order's others (outbox relay).
  @Subscription('merger', { types: ['order.*', 'supplement.accepted', 'effective-order.acknowledged'], batch: 200 })
  merge(@Payload() events: readonly CloudEvent[]): Promise<void> {
    return this.merger.merge(events);
  }
}
