import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { settledOf } from '#contracts';
import type { CloudEvent } from '#messaging';
import { lockLines } from '../line.store.js';
import { Outcomes } from '../submit/outcomes.js';
import { advanceDueDates, advanceHeads, advanceItems, recordOutcomes } from './heads.store.js';

/** Follows the merger: heads and items for early refusals, outcomes for the supplements' own state. */
@Injectable()
export class HeadsService {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Outcomes) private readonly outcomes: Outcomes,
  ) {}

  async follow(events: readonly CloudEvent[]): Promise<void> {
    const news = settledOf(events);
    await this.database.transaction(async (tx) => {
      await Promise.all([
        // Before any supplement is touched, as all who touch one do: PostgreSQL takes them in this order.
        lockLines(tx, [...new Set([...news.heads, ...news.outcomes].map(({ orderId }) => orderId))]),
        advanceHeads(tx, news.heads),
        advanceItems(tx, news.items),
        advanceDueDates(tx, news.dueDates),
        recordOutcomes(tx, news.outcomes),
      ]);
    });
    await this.outcomes.settled(news.outcomes.map(({ id }) => id));
  }
}
