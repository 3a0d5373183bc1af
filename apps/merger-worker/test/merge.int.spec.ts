import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { eventType, faultOfEvent } from '#contracts';
import { type CloudEvent, type OutboxRelay, Topology } from '#messaging';
import {
  canonical,
  type EffectiveOrder,
  fromDocument,
  type Json,
  type JsonObject,
  type MergeInput,
  merge,
  toDocument,
  usualPolicy,
} from '#order-model';
import { withDatabase } from '#testing';
import { MergeService } from '../src/merge/merge.service.js';
import { recordedPolicy } from '../src/merge/recorded-policy.js';
import { FencedError, save } from '../src/merge/save.store.js';
import { MIGRATIONS } from '../src/migrations/index.js';
import { findEffectiveOrder } from '../src/read/effective-orders.store.js';
import { listRevisions } from '../src/read/revisions.store.js';
import { SCHEMA } from '../src/schema.js';

const AT = '2026-06-01T00:00:00.000Z';

const database = withDatabase(async (url) => {
  const migrating = await new DataSource({
    type: 'postgres',
    url,
    schema: SCHEMA,
    migrations: MIGRATIONS,
  }).initialize();
  await migrating.query(`CREATE SCHEMA ${SCHEMA}`);
  await migrating.runMigrations();
  await migrating.destroy();
});

let store: DataSource;
let merger: MergeService;
beforeAll(async () => {
  store = await new DataSource({ type: 'postgres', url: database.url, schema: SCHEMA }).initialize();
  // Nobody publishes here: what the merge appends to the outbox is read from the table.
  merger = new MergeService(store, { nudge: () => undefined } as OutboxRelay, new Topology('supping.', 2), usualPolicy);
});
afterAll(() => store.destroy());

/** The owners' event of an input. */
function eventOf(orderId: string, input: MergeInput): CloudEvent {
  const { kind, ...said } = input;
  const owned = (
    name: 'order.created' | 'order.amended' | 'order.progressed' | 'supplement.accepted',
    sequence: number,
    data: object,
  ): CloudEvent => ({
    id: `${orderId}/${name}/${sequence}`,
    source: '/test',
    type: eventType(name),
    subject: orderId,
    time: AT,
    sequence,
    partitionkey: orderId,
    data: { ...data, orderId },
  });
  switch (input.kind) {
    case 'orderCreated':
      return owned('order.created', 1, { version: 1, at: AT, by: input.by, order: input.order });
    case 'amendment':
      return owned('order.amended', input.version, { ...said, at: AT });
    case 'progress':
      return owned('order.progressed', input.version, { ...said, at: AT, delta: [] });
    case 'supplement':
      return owned('supplement.accepted', input.sequence, { ...said, category: 'component', submittedAt: AT });
    default:
      return input satisfies never;
  }
}

const item = (id: string, given: JsonObject = {}): JsonObject => ({ id, action: 'add', ...given });
const reliesOn = (id: string): JsonObject => ({ productOrderItemRelationship: [{ id, relationshipType: 'reliesOn' }] });
const of = (n: number) => ({ id: `i${n}`, by: 'someone' });
const created = (order: JsonObject): MergeInput => ({ kind: 'orderCreated', id: 'o', by: 'someone', version: 1, order });
const supplement = (sequence: number, changes: JsonObject): MergeInput => ({ kind: 'supplement', ...of(sequence), sequence, changes });

const ids = fc.constantFrom('1', '2', '3', '4');
const change = fc.oneof(
  fc.tuple(ids, fc.nat(3)).map(([id, quantity]): JsonObject => ({ id, intent: 'amend', quantity })),
  ids.map((id): JsonObject => ({ id, intent: 'cancel' })),
  fc.tuple(ids, ids).map(([id, on]): JsonObject => ({ ...item(id), intent: 'add', ...reliesOn(on) })),
  fc.tuple(ids, ids).map(([id, on]): JsonObject => ({ id, intent: 'amend', ...reliesOn(on) })),
);
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .uniqueArray(change, { minLength: 1, maxLength: 2, selector: ({ id }) => id })
      .map((productOrderItem) => ({ kind: 'supplement' as const, changes: { productOrderItem } as JsonObject })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'supplement' as const, changes: { description: 'x' } as JsonObject }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('1', '2', '3', '4', '1.1'),
        fc.constantFrom('inProgress' as const, 'completed' as const, 'held' as const),
        fc.boolean(),
      )
      .map(([id, state, ponr]) => ({ kind: 'progress' as const, items: [{ id, state, ...(ponr ? { pointOfNoReturn: true } : {}) }] })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ids, fc.nat(3))
      .map(([id, after]) => ({ kind: 'amendment' as const, delta: [{ path: `/productOrderItem/${id}/quantity`, after }] })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'amendment' as const, delta: [], cancellation: {} }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Numbers steps into an order's two lines. */
function lineOf(doc: JsonObject, steps: readonly Step[]): MergeInput[] {
  let [version, sequence] = [1, 0];
  return [
    created(doc),
    ...steps.map(
      (one, n): MergeInput =>
        one.kind === 'supplement' ? { ...one, ...of(n), sequence: ++sequence } : { ...one, ...of(n), version: ++version },
    ),
  ];
}

const doc: JsonObject = {
  'x-ext': [1, { a: null }],
  productOrderItem: [item('1', { productOrderItem: [item('1.1')] }), item('2', reliesOn('1')), item('3', reliesOn('1.1'))],
};

let orders = 0;
const nextOrder = (): string => `order-${process.pid}-${++orders}`;

async function expectStored(orderId: string, order: EffectiveOrder): Promise<void> {
  const stored = await findEffectiveOrder(store.manager, orderId);
  expect(stored).toMatchObject({ revision: order.revision, version: order.version, state: order.state });
  expect(canonical(stored?.order as Json)).toEqual(canonical(toDocument(order)));
}

describe('the merger on its store', () => {
  test('gives what the pure merge gives over the whole order, whatever batches and repetitions the inputs come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        fc.nat(),
        async (steps, sizes, again) => {
          const orderId = nextOrder();
          const inputs = lineOf(doc, steps);
          const arrivals = [...inputs, inputs[again % inputs.length] as MergeInput];
          for (let at = 0, n = 0; at < arrivals.length; n += 1) {
            const size = sizes[n % sizes.length] as number;
            await merger.merge(arrivals.slice(at, at + size).map((input) => eventOf(orderId, input)));
            at += size;
          }
          let order: EffectiveOrder = { ...fromDocument(orderId, {}), revision: 0, version: 0 };
          const revisions = [];
          for (const input of inputs) {
            const outcome = merge(order, input.kind === 'orderCreated' ? { ...input, id: orderId } : input, AT);
            order = outcome.order;
            if (outcome.kind === 'revised') revisions.push({ ...outcome.revision, at: expect.any(String) });
          }
          await expectStored(orderId, order);
          expect(await listRevisions(store.manager, orderId, 1, 1_000, 1_000)).toEqual(revisions);
        },
      ),
      { numRuns: 150, seed: Number(process.env.FC_SEED ?? Date.now()) },
    );
  }, 120_000);

  test('given the inputs in any order, ends in gapless revisions of all of them and an empty gap buffer', async () => {
    const inputs = lineOf(
      doc,
      [1, 2, 3, 4].map((n) => ({ kind: 'supplement' as const, changes: { [`x-${n}`]: n } as JsonObject })),
    );
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(inputs, { minLength: inputs.length }), async (shuffled) => {
        const orderId = nextOrder();
        for (const input of shuffled) await merger.merge([eventOf(orderId, input)]);
        const stored = await findEffectiveOrder(store.manager, orderId);
        expect(stored).toMatchObject({ revision: 5, order: { 'x-1': 1, 'x-2': 2, 'x-3': 3, 'x-4': 4 } });
        const waiting = await store.query(`SELECT waiting FROM ${SCHEMA}.effective_order WHERE order_id = $1`, [orderId]);
        expect(waiting).toEqual([{ waiting: 0 }]);
        const inputRows = await store.query(`SELECT ordinal FROM ${SCHEMA}.merge_input WHERE order_id = $1 ORDER BY ordinal`, [orderId]);
        expect(inputRows.map(({ ordinal }: { ordinal: number }) => ordinal)).toEqual([1, 2, 3, 4, 5]);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  test('appends one event per revision and outcome, in order, each as its published schema says', async () => {
    const orderId = nextOrder();
    await merger.merge(
      [created(doc), supplement(1, { description: 'x' }), supplement(2, { productOrderItem: [{ id: '77', quantity: 1 }] })].map((input) =>
        eventOf(orderId, input),
      ),
    );
    const rows: { type: string; sequence: string; data: unknown }[] = await store.query(
      `SELECT type, sequence, data FROM ${SCHEMA}.outbox WHERE subject = $1 ORDER BY seq`,
      [orderId],
    );
    expect(rows.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual([
      `${eventType('effective-order.revised')} 1`,
      `${eventType('effective-order.revised')} 2`,
      `${eventType('supplement.merged')} 1`,
      `${eventType('supplement.rejected')} 2`,
    ]);
    for (const row of rows) expect(faultOfEvent(row)).toBeUndefined();
  });

  test('two mergers that are given the same batch at once merge it once', async () => {
    const orderId = nextOrder();
    const events = lineOf(
      doc,
      Array.from({ length: 5 }, (_, n) => ({ kind: 'supplement' as const, changes: { [`x-${n}`]: n } as JsonObject })),
    ).map((input) => eventOf(orderId, input));
    await Promise.all([merger.merge(events), merger.merge(events)]);
    expect(await findEffectiveOrder(store.manager, orderId)).toMatchObject({ revision: 6 });
    const rows = await store.query(`SELECT 1 FROM ${SCHEMA}.outbox WHERE subject = $1 AND type = $2`, [
      orderId,
      eventType('effective-order.revised'),
    ]);
    expect(rows).toHaveLength(6);
  });

  test('a merge of a head that moved meanwhile writes nothing: the fence', async () => {
    const orderId = nextOrder();
    await merger.merge([eventOf(orderId, created(doc))]);
    const seen: EffectiveOrder = { ...fromDocument(orderId, doc), version: 1, sequence: 0 };
    await merger.merge([eventOf(orderId, supplement(1, { description: 'theirs' }))]);
    const late = merge(seen, supplement(1, { description: 'ours' }), AT);
    const write = { before: seen, order: late.order, steps: [], parked: [], waiting: 0, at: AT };
    await expect(store.transaction((tx) => save(tx, [write], recordedPolicy(usualPolicy)))).rejects.toThrow(FencedError);
    expect(await findEffectiveOrder(store.manager, orderId)).toMatchObject({ revision: 2, order: { description: 'theirs' } });
  });
});
