import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type EffectiveOrderRevised, newestHeads } from '#contracts';
import { advanceHeads, advanceItems, lockOrders, recordMerged } from './heads.store.js';

/** Follows the merger: heads for early refusals and shown states, and what became of each version. */
@Injectable()
export class HeadsService {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  async follow(events: readonly EffectiveOrderRevised[]): Promise<void> {
    const { heads, items } = newestHeads(events);
    await this.database.transaction(async (tx) => {
      // PostgreSQL takes them in this order: the locks first.
      await Promise.all([lockOrders(tx, heads), advanceHeads(tx, heads), advanceItems(tx, items), recordMerged(tx, events)]);
    });
  }
}
