import { eventType, type OrderCreated, type SupplementAccepted } from '#contracts';
import { type CloudEvent, type OutboxRelay, Topology } from '#messaging';
import { type JsonObject, usualPolicy } from '#order-model';
import { openDatabase, readConfig } from '#platform';
import { MergeService } from '../../apps/merger-worker/src/merge/merge.service.js';
import { MIGRATIONS } from '../../apps/merger-worker/src/migrations/index.js';
import { SCHEMA } from '../../apps/merger-worker/src/schema.js';
import { atMost, compare, median, type Result, ROUNDS, type Target, timed } from '../measure.js';
import { Deployment } from '../stage/deployment.js';
import type { Row } from './row.js';

const AT = '2026-01-01T00:00:00.000Z';
const MANY_ITEMS = 5_000;
const FEW_ITEMS = 5;
const LONG_LINE = 10_000;
/** The tenth is what it is held against. */
const SHORT_LINE = 9;
/** Merges a round; the value of a round is their median. */
const MERGES = 20;

/** A merger in this process, without a broker: what it appends to its outbox stays there. */
async function openMerger(url: string): Promise<{ merger: MergeService; close: () => Promise<void> }> {
  const store = await openDatabase(readConfig('merger-worker', 0, { DATABASE_URL: url }), { schema: SCHEMA, migrations: MIGRATIONS });
  const relay = { nudge: () => undefined } as OutboxRelay;
  return { merger: new MergeService(store, relay, new Topology('bench.', 1), usualPolicy), close: () => store.destroy() };
}

function event<T>(orderId: string, name: 'order.created' | 'supplement.accepted', sequence: number, data: T): CloudEvent<T> {
  const type = eventType(name);
  return {
    id: `${orderId}/${name}/${sequence}`,
    source: '/bench',
    type,
    subject: orderId,
    time: AT,
    sequence,
    partitionkey: orderId,
    data,
  };
}

function created(orderId: string, items: number): CloudEvent<OrderCreated> {
  const productOrderItem = Array.from(
    { length: items },
    (_, n): JsonObject => ({
      id: String(n + 1),
      action: 'add',
      state: 'acknowledged',
      product: { productCharacteristic: [{ name: 'bandwidth', value: '100M' }] },
    }),
  );
  return event(orderId, 'order.created', 1, { orderId, version: 1, at: AT, by: 'bench', order: { productOrderItem } });
}

/** Changes one value of one item, another one each time, of twenty that the order has after the first twenty. */
function supplement(orderId: string, sequence: number): CloudEvent<SupplementAccepted> {
  const characteristic: JsonObject = { name: `setting-${sequence % 20}`, value: String(sequence) };
  const changes = { productOrderItem: [{ id: '1', intent: 'amend', product: { productCharacteristic: [characteristic] } }] };
  return event(orderId, 'supplement.accepted', sequence, {
    id: `${orderId}-${sequence}`,
    orderId,
    sequence,
    submittedAt: AT,
    by: 'bench',
    category: 'technicalDetail',
    changes,
  });
}

/** An order that takes its supplements one a transaction, so that the whole cost of each is seen. */
class Line {
  #sequence = 0;

  constructor(
    private readonly merger: MergeService,
    private readonly orderId: string,
  ) {}

  async open(items: number, supplements: number): Promise<this> {
    await this.merger.merge([created(this.orderId, items)]);
    while (this.#sequence < supplements) {
      const batch = Array.from({ length: Math.min(100, supplements - this.#sequence) }, () => supplement(this.orderId, ++this.#sequence));
      await this.merger.merge(batch);
    }
    return this;
  }

  /** Merges the next one. @returns milliseconds */
  next(): Promise<number> {
    const one = supplement(this.orderId, ++this.#sequence);
    return timed(() => this.merger.merge([one]));
  }
}

type Next = () => Promise<number>;

/** Two ways of merging one supplement, in turns one by one: each is over in milliseconds, and a checkpoint falls on both. */
async function mergesInTurns(name: string, ours: Next, baseline: Next, target: Target, tick: (done: number) => void): Promise<Result> {
  const rounds = { ours: [] as number[], baseline: [] as number[] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const times = { ours: [] as number[], baseline: [] as number[] };
    for (let merge = 0; merge < MERGES; merge += 1) {
      const order = merge % 2 === 0 ? (['ours', 'baseline'] as const) : (['baseline', 'ours'] as const);
      for (const who of order) times[who].push(await (who === 'ours' ? ours : baseline)());
    }
    // The first round is the warm-up.
    if (round > 0) for (const who of ['ours', 'baseline'] as const) rounds[who].push(median(times[who]));
    tick((round + 1) / (ROUNDS + 1));
  }
  return compare(name, 'ms', rounds.ours, rounds.baseline, target);
}

/** Does something with a merger of its own. */
function withMerger(name: string, work: (merger: MergeService, tick: (done: number) => void) => Promise<Result>): Row {
  return async ({ servers, tick }) => {
    const deployment = await Deployment.open(servers, name);
    const { merger, close } = await openMerger(deployment.databaseUrl);
    try {
      return [await work(merger, tick)];
    } finally {
      await close();
      await deployment.close();
    }
  };
}

/** What the 10,000th supplement of an order costs, against the tenth: a merge costs what its change does. */
export const longLine = withMerger('bench-long-line', async (merger, tick) => {
  const long = await new Line(merger, 'long').open(FEW_ITEMS, LONG_LINE - 1);
  const all = (ROUNDS + 1) * MERGES;
  const young: Line[] = [];
  for (let number = 0; number < all; number += 1) young.push(await new Line(merger, `young-${number}`).open(FEW_ITEMS, SHORT_LINE));
  const tenth: Next = () => (young.pop() as Line).next();
  return mergesInTurns('long line: 10,000th / 10th', () => long.next(), tenth, atMost(1.2), tick);
});

/** What a supplement to one item costs in an order of 5,000, against one of 5. */
export const bigOrder = withMerger('bench-big-order', async (merger, tick) => {
  const big = await new Line(merger, 'big').open(MANY_ITEMS, 20);
  const small = await new Line(merger, 'small').open(FEW_ITEMS, 20);
  return mergesInTurns(
    'big order: 5,000 items / 5',
    () => big.next(),
    () => small.next(),
    atMost(1.5),
    tick,
  );
});
