import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { GroupCommit } from '#platform';
import { goBack, type PastOrder } from './as-of.js';
import { findWaysBack, type RevisionOfOrder, type WayBack } from './checkpoints.store.js';
import { findEffectiveOrders, type StoredEffectiveOrder } from './effective-orders.store.js';
import { nothingStands } from './point-in-time.store.js';

/** Effective orders for readers, of whom those of the same moment share one statement. */
@Injectable()
export class OrdersRead {
  private readonly tx: EntityManager;
  private readonly latestOnes = new GroupCommit<string, StoredEffectiveOrder | undefined>(async (orderIds) => {
    const found = await findEffectiveOrders(this.tx, [...new Set(orderIds)]);
    const byId = new Map(found.map((order) => [order.orderId, order]));
    return orderIds.map((orderId) => ({ ok: byId.get(orderId) }));
  });
  private readonly pastOnes = new GroupCommit<RevisionOfOrder, WayBack | undefined>(async (wanted) =>
    (await findWaysBack(this.tx, wanted)).map((way) => ({ ok: way })),
  );

  constructor(@Inject(DataSource) database: DataSource) {
    this.tx = database.manager;
  }

  /** The order as it stands. @throws ProblemError 404 */
  async latest(orderId: string): Promise<StoredEffectiveOrder> {
    return (await this.latestOnes.submit(orderId)) ?? nothingStands(this.tx, orderId);
  }

  /** The order as of a revision. @throws ProblemError 404 */
  async asOf(wanted: RevisionOfOrder): Promise<PastOrder> {
    return goBack(this.tx, wanted, await this.pastOnes.submit(wanted));
  }
}
