import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { GroupCommit, type Settled } from '#platform';
import { findEffectiveOrders, type StoredEffectiveOrder } from './effective-orders.store.js';
import { nothingStands } from './point-in-time.store.js';

/** Effective orders as they stand. Readers of the same moment share one statement. */
@Injectable()
export class LatestOrders {
  private readonly group = new GroupCommit<string, StoredEffectiveOrder | undefined>((orderIds) => this.find(orderIds));

  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** @throws ProblemError 404 */
  async read(orderId: string): Promise<StoredEffectiveOrder> {
    const found = await this.group.submit(orderId);
    return found ?? nothingStands(this.database.manager, orderId);
  }

  private async find(orderIds: readonly string[]): Promise<Settled<StoredEffectiveOrder | undefined>[]> {
    const found = await findEffectiveOrders(this.database.manager, [...new Set(orderIds)]);
    const byId = new Map(found.map((order) => [order.orderId, order]));
    return orderIds.map((orderId) => ({ ok: byId.get(orderId) }));
  }
}
