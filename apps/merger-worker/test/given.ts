import { afterAll, beforeAll } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { eventType } from '#contracts';
import { type CloudEvent, type OutboxRelay, Topology } from '#messaging';
import { type JsonObject, type MergeInput, type OnConflict, type Policy, usualPolicy } from '#order-model';
import { withDatabase } from '#testing';
import { MergeService } from '../src/merge/merge.service.js';
import { MIGRATIONS } from '../src/migrations/index.js';
import { SCHEMA } from '../src/schema.js';

export const AT = '2026-06-01T00:00:00.000Z';

/** Nobody publishes here: what is appended to the outbox is read from the table. */
export const RELAY = { nudge: () => undefined } as OutboxRelay;
export const TOPOLOGY = new Topology('supping.', 2);
export const SEED = Number(process.env.FC_SEED ?? Date.now());

export interface Merger {
  readonly store: DataSource;
  readonly merger: MergeService;
  /** Gives the merger an order's inputs, in batches of these sizes in turn. */
  take(orderId: string, inputs: readonly MergeInput[], sizes?: readonly number[]): Promise<void>;
}

/** A merger on a database of its own, for the test file that calls this. */
export function withMerger(policy: Policy = usualPolicy): Merger {
  const database = withDatabase(async (url) => {
    const migrating = await new DataSource({ type: 'postgres', url, schema: SCHEMA, migrations: MIGRATIONS }).initialize();
    await migrating.query(`CREATE SCHEMA ${SCHEMA}`);
    await migrating.runMigrations();
    await migrating.destroy();
  });
  let store: DataSource | undefined;
  let merger: MergeService | undefined;
  beforeAll(async () => {
    store = await new DataSource({ type: 'postgres', url: database.url, schema: SCHEMA }).initialize();
    merger = new MergeService(store, RELAY, TOPOLOGY, policy);
  });
  afterAll(() => store?.destroy());
  const given = {
    get store() {
      if (store === undefined) throw new Error('the store is there from beforeAll to afterAll');
      return store;
    },
    get merger() {
      if (merger === undefined) throw new Error('the merger is there from beforeAll to afterAll');
      return merger;
    },
    async take(orderId: string, inputs: readonly MergeInput[], sizes: readonly number[] = [3]): Promise<void> {
      for (let at = 0, n = 0; at < inputs.length; n += 1) {
        const size = sizes[n % sizes.length] as number;
        await given.merger.merge(inputs.slice(at, at + size).map((input) => eventOf(orderId, input)));
        at += size;
      }
    },
  };
  return given;
}

/** The owners' event of an input. */
export function eventOf(orderId: string, input: MergeInput): CloudEvent {
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

export const item = (id: string, given: JsonObject = {}): JsonObject => ({ id, action: 'add', ...given });
export const reliesOn = (id: string): JsonObject => ({ productOrderItemRelationship: [{ id, relationshipType: 'reliesOn' }] });
export const of = (n: number) => ({ id: `i${n}`, by: 'someone' });
export const created = (order: JsonObject): MergeInput => ({ kind: 'orderCreated', id: 'o', by: 'someone', version: 1, order });
export const supplement = (sequence: number, changes: JsonObject): MergeInput => ({
  kind: 'supplement',
  ...of(sequence),
  sequence,
  changes,
});

export const priced = (value: number): JsonObject => ({
  itemPrice: [{ name: 'rent', priceType: 'recurring', recurringChargePeriod: 'month', price: { dutyFreeAmount: { unit: 'USD', value } } }],
});

const ids = fc.constantFrom('1', '2', '3', '4');
const change = fc.oneof(
  fc.tuple(ids, fc.nat(3)).map(([id, quantity]): JsonObject => ({ id, intent: 'amend', quantity })),
  ids.map((id): JsonObject => ({ id, intent: 'cancel' })),
  fc.tuple(ids, ids).map(([id, on]): JsonObject => ({ ...item(id), intent: 'add', ...reliesOn(on) })),
  fc.tuple(ids, ids).map(([id, on]): JsonObject => ({ id, intent: 'amend', ...reliesOn(on) })),
  fc.tuple(ids, fc.constantFrom(0.1, 0.2, 5)).map(([id, value]): JsonObject => ({ id, intent: 'amend', ...priced(value) })),
);
const unseen = fc.record({ basedOnRevision: fc.integer({ min: 1, max: 4 }), onConflict: fc.constantFrom('hold', 'reject', 'overwrite') });
export const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.uniqueArray(change, { minLength: 1, maxLength: 2, selector: ({ id }) => id }),
        fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: unseen }),
      )
      .map(([productOrderItem, seen]) => ({
        kind: 'supplement' as const,
        changes: { productOrderItem } as JsonObject,
        ...(seen as { basedOnRevision?: number; onConflict?: OnConflict }),
      })),
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

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Numbers steps into an order's two lines. */
export function lineOf(doc: JsonObject, steps: readonly Step[]): MergeInput[] {
  let [version, sequence] = [1, 0];
  return [
    created(doc),
    ...steps.map(
      (one, n): MergeInput =>
        one.kind === 'supplement' ? { ...one, ...of(n), sequence: ++sequence } : { ...one, ...of(n), version: ++version },
    ),
  ];
}

export const doc: JsonObject = {
  'x-ext': [1, { a: null }],
  productOrderItem: [
    item('1', { ...priced(0.1), productOrderItem: [item('1.1', priced(0.2))] }),
    item('2', reliesOn('1')),
    item('3', reliesOn('1.1')),
  ],
};

let orders = 0;
export const nextOrder = (): string => `order-${process.pid}-${++orders}`;
