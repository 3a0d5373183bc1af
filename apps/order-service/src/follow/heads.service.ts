import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { settledOf } from '#contracts';
import type { CloudEvent } from '#messaging';
import { advanceHeads, advanceItems, lockOrders, recordMerged } from './heads.store.js';

/** Follows the merger: heads for early refusals and shown states, and what became of each version. */
@Injectable()
export class HeadsService {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  async follow(events: readonly CloudEvent[]): Promise<void> {
    const { heads, items, versions } = settledOf(events);
    await this.database.transaction(async (tx) => {
      // PostgreSQL takes them in this order: the locks first.
      await Promise.all([lockOrders(tx, heads), advanceHeads(tx, heads), advanceItems(tx, items), recordMerged(tx, versions)]);
    });
  }
}
