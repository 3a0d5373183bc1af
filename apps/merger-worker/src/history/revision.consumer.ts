import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import type { Revision } from '#order-model';
import { listRevisions } from '../read/revisions.store.js';

/** A revision is wanted, for the revert of the supplement that made it. */
export interface RevisionWanted {
  readonly orderId: string;
  readonly revision: number;
}

export const EFFECTIVE_ORDER_REVISION = 'effective-order.revision';

@Controller()
export class RevisionConsumer {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** One revision as it was made, null where the order has not come to it. */
  @MessagePattern(EFFECTIVE_ORDER_REVISION)
  async revision(@Payload() { orderId, revision }: RevisionWanted): Promise<Revision | null> {
    return (await listRevisions(this.database.manager, orderId, revision, revision, 1))[0] ?? null;
  }
}
