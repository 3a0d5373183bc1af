import { performance } from 'node:perf_hooks';
import { DataSource } from 'typeorm';
import { eventType, type OrderCreated, type SupplementAccepted } from '#contracts';
import { type CloudEvent, type OutboxRelay, Topology } from '#messaging';
import { type JsonObject, usualPolicy } from '#order-model';
import { MergeService } from '../apps/merger-worker/src/merge/merge.service.js';
import { MIGRATIONS } from '../apps/merger-worker/src/migrations/index.js';
import { SCHEMA } from '../apps/merger-worker/src/schema.js';
import type { Pair } from './pairs.js';

const AT = '2026-01-01T00:00:00.000Z';
const MANY_ITEMS = 5_000;
const FEW_ITEMS = 5;
const LONG_LINE = 1_000;

/** A merger on its own schema of a database that this run alone uses; what it appends to the outbox stays there. */
export async function openMerger(url: string): Promise<{ merger: MergeService; close: () => Promise<void> }> {
  const store = await new DataSource({ type: 'postgres', url, schema: SCHEMA, migrations: MIGRATIONS }).initialize();
  await store.query(`CREATE SCHEMA ${SCHEMA}`);
  await store.runMigrations();
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
  async next(): Promise<number> {
    const one = supplement(this.orderId, ++this.#sequence);
    const began = performance.now();
    await this.merger.merge([one]);
    return performance.now() - began;
  }
}

/** One of each, the other one first every second time. */
async function inTurns(round: number, ours: () => Promise<number>, baseline: () => Promise<number>) {
  if (round % 2 === 0) return { ours: await ours(), baseline: await baseline() };
  const first = await baseline();
  return { ours: await ours(), baseline: first };
}

/** Merge cost follows the change (issue of the whole domain): not the length of the line, not the size of the order. */
export async function mergeCostPairs(merger: MergeService): Promise<Pair[]> {
  const long = await new Line(merger, 'long').open(FEW_ITEMS, LONG_LINE);
  const big = await new Line(merger, 'big').open(MANY_ITEMS, 20);
  const small = await new Line(merger, 'small').open(FEW_ITEMS, 20);
  let fresh = 0;
  return [
    {
      name: 'merge cost: long line',
      ours: `supplement ${LONG_LINE} and later of an order`,
      baseline: 'supplement 21 of an order',
      target: 1.5,
      run: async (round) => {
        const young = await new Line(merger, `young-${++fresh}`).open(FEW_ITEMS, 20);
        return inTurns(
          round,
          () => long.next(),
          () => young.next(),
        );
      },
    },
    {
      name: 'merge cost: big order',
      ours: `one item of ${MANY_ITEMS}`,
      baseline: `one item of ${FEW_ITEMS}`,
      target: 1.5,
      run: (round) =>
        inTurns(
          round,
          () => big.next(),
          () => small.next(),
        ),
    },
  ];
}
