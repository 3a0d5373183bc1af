import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Change, ItemState, OrderState, Problem } from '#order-model';
import { fixture } from '../fixtures/index.js';
import type { EffectiveOrderRevised, ItemFacts } from './effective-orders.js';
import { eventType, faultOfEvent } from './events.js';
import type { MergeSettled } from './settled.js';
import { settledOf } from './settled-of.js';

type Plan = EffectiveOrderRevised['plan'];
type Kind = EffectiveOrderRevised['cause']['kind'];
interface Event<Data = unknown> {
  readonly type: string;
  readonly data: Data;
}

const ITEM_STATES: ItemState[] = ['acknowledged', 'inProgress', 'held', 'completed', 'cancelled'];
const ORDER_STATES: OrderState[] = ['acknowledged', 'inProgress', 'partial', 'cancelled'];
const AT = '2026-06-01T00:00:00.000Z';
const escaped = (id: string): string => id.replaceAll('~', '~0').replaceAll('/', '~1');
const touched = (items: readonly ItemFacts[]): Change[] =>
  items.map(({ id, state }) => ({ path: `/productOrderItem/${escaped(id)}/state`, after: state }));

interface Said {
  readonly state?: OrderState;
  readonly items?: readonly ItemFacts[];
  readonly kind?: Kind;
  readonly adds?: readonly string[];
  readonly delta?: readonly Change[];
  readonly cause?: Partial<EffectiveOrderRevised['cause']>;
  readonly notApplied?: readonly Problem[];
}

/** A revision of an order; what one (order, revision) says is always the same. */
function revised(orderId: string, revision: number, said: Said = {}): Event<EffectiveOrderRevised> {
  const { state = 'acknowledged', items = [], kind = 'supplement', adds = [], delta = touched(items), cause = {}, notApplied } = said;
  const plan: Plan = adds.map((itemId) => ({ itemId, action: 'add', compensation: 'do', paths: [] }));
  const { notApplied: _none, ...usual } = fixture('effective-order.revised');
  const data = {
    ...usual,
    orderId,
    revision,
    previousRevision: revision - 1,
    at: AT,
    cause: { kind, id: `${orderId}-cause-${revision}`, by: 'upstream', ...cause },
    state,
    delta,
    plan,
    items,
    ...(notApplied === undefined ? {} : { notApplied }),
  };
  return { type: eventType('effective-order.revised'), data };
}
const merged = (id: string, sequence: number, revision: number): Event => revised('o', revision, { cause: { id, sequence } });
const refused = (name: 'supplement.held' | 'supplement.rejected', supplementId: string, sequence = 1, problems: Problem[] = []): Event => ({
  type: eventType(name),
  data: { orderId: 'o', supplementId, sequence, at: AT, problems },
});
const settled = (data: MergeSettled): Event<MergeSettled> => ({ type: eventType('merge.settled'), data });

const facts = fc.record({
  id: fc.constantFrom('1', '2', '3', 'a"b', 'a/b~', ''),
  state: fc.constantFrom(...ITEM_STATES),
  pointOfNoReturn: fc.boolean(),
});
const said = fc
  .record({
    state: fc.constantFrom(...ORDER_STATES),
    items: fc.uniqueArray(facts, { selector: ({ id }) => id }),
    kind: fc.constantFrom<Kind>('orderCreated', 'amendment', 'progress', 'supplement'),
    adds: fc.uniqueArray(fc.constantFrom('1', '2', '3')),
    number: fc.integer({ min: 1, max: 4 }),
    date: fc.option(fc.constantFrom('2027-01-01', '2027-02-01'), { nil: undefined }),
  })
  .map(({ number, date, ...rest }) => ({
    ...rest,
    cause: rest.kind === 'supplement' ? { sequence: number } : { version: number },
    delta: [...touched(rest.items), ...(date === undefined ? [] : [{ path: '/requestedCompletionDate', after: date }])],
  }));
/** The revisions 1, 2, 3 … of a few orders. An item is added once, and an entry or version comes to something once. */
const lines = fc.array(fc.array(said, { maxLength: 6 }), { maxLength: 4 }).map((orders) =>
  orders.flatMap((line, order) => {
    const once = new Set<string>();
    const first = (key: string): boolean => !once.has(key) && once.add(key) !== undefined;
    return line
      .filter(({ kind, cause }) => first(JSON.stringify([kind === 'supplement', cause])))
      .map((one) => ({ ...one, adds: one.kind === 'supplement' ? one.adds.filter(first) : [] }))
      .map((one, index) => {
        const cause = one.kind === 'supplement' ? { ...one.cause, id: `${order}-${index}` } : one.cause;
        return revised(`order-${order}`, index + 1, { ...one, cause });
      });
  }),
);

describe('settledOf', () => {
  it('given the events in any order and repeated any number of times, gives the same', () => {
    const anyDelivery = lines.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray(events, { minLength: events.length }),
        fc.array(events.length === 0 ? fc.constant(undefined) : fc.constantFrom(...events)),
      ),
    );
    fc.assert(
      fc.property(anyDelivery, ([events, shuffled, again]) => {
        const repeated = again.filter((event) => event !== undefined);
        expect(settledOf([...shuffled, ...repeated])).toEqual(settledOf(events));
      }),
    );
  });

  it('given what several batches came to, in any order and again, gives what all their events come to', () => {
    const anyBatches = lines.chain((events) =>
      fc.tuple(fc.constant(events), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: events.length, maxLength: events.length })),
    );
    fc.assert(
      fc.property(anyBatches, ([events, batches]) => {
        const told = [3, 1, 0, 2, 1].map((batch) => settled(settledOf(events.filter((_, at) => batches[at] === batch))));
        for (const event of told) expect(faultOfEvent(event)).toBeUndefined();
        expect(settledOf(told)).toEqual(settledOf(events));
      }),
    );
  });

  it('given any events, each head and each item is as its newest revision says', () => {
    fc.assert(
      fc.property(lines, (events) => {
        const { heads, items } = settledOf(events);
        const data = events.map((event) => event.data);
        expect(new Set(heads.map(({ orderId }) => orderId)).size).toBe(heads.length);
        for (const { orderId, revision, state } of heads) {
          const line = data.filter((event) => event.orderId === orderId);
          expect([revision, state]).toEqual([line.length, line.at(-1)?.state]);
        }
        for (const { orderId, itemId, revision, state, pointOfNoReturn } of items) {
          const telling = data.filter((event) => event.orderId === orderId && event.items.some(({ id }) => id === itemId));
          expect(revision).toBe(telling.at(-1)?.revision);
          expect(telling.at(-1)?.items).toContainEqual({ id: itemId, state, pointOfNoReturn });
        }
        const all = new Set(data.flatMap(({ orderId, items: each }) => each.map(({ id }) => JSON.stringify([orderId, id]))));
        expect(items).toHaveLength(all.size);
      }),
    );
  });

  it('given no events, or others, tells of nothing', () => {
    const nothing = { heads: [], items: [], dueDates: [], outcomes: [], versions: [] };
    expect(settledOf([])).toEqual(nothing);
    expect(
      settledOf([
        { type: eventType('supplement.merged'), data: fixture('supplement.merged') },
        { type: 'io.supping.x.v1', data: {} },
      ]),
    ).toEqual(nothing);
  });
});

describe('an item', () => {
  const item = (state: ItemState, id = '3'): ItemFacts[] => [{ id, state, pointOfNoReturn: false }];

  it('given two batches, is told of by the second as if it stood alone', () => {
    const second = revised('order', 9, { items: item('held', '1') });
    expect(settledOf([second]).items).toEqual([{ orderId: 'order', itemId: '1', revision: 9, state: 'held', pointOfNoReturn: false }]);
  });

  it.each([
    ['its state', '/productOrderItem/3/state', true],
    ['its point of no return', '/productOrderItem/3/pointOfNoReturn', true],
    ['it as a whole', '/productOrderItem/3', true],
    ['the whole order', '', true],
    ['its quantity', '/productOrderItem/3/quantity', false],
    ['the state of one nested in it', '/productOrderItem/3/productOrderItem/3/state', false],
    ['the state of another', '/productOrderItem/33/state', false],
    ['the state of the order', '/state', false],
  ])('given a revision that changed %s, is told of only if its own facts may be others: %s', (_what, path, told) => {
    expect(settledOf([revised('order', 2, { items: item('held'), delta: [{ path, after: 'x' }] })]).items).toHaveLength(told ? 1 : 0);
  });

  it('given the revision that added it and later ones, keeps which supplement added it', () => {
    const added = revised('order', 2, { adds: ['3'], items: item('acknowledged') });
    const moved = revised('order', 3, { kind: 'progress', items: item('inProgress') });
    const both = [expect.objectContaining({ revision: 3, state: 'inProgress', addedBy: 'order-cause-2' })];
    expect(settledOf([moved, added]).items).toEqual(both);
    expect(settledOf([settled(settledOf([moved])), settled(settledOf([added]))]).items).toEqual(both);
  });

  it('given that an amendment added it, names no supplement', () => {
    const added = revised('order', 2, { kind: 'amendment', adds: ['3'], items: item('acknowledged') });
    expect(settledOf([added]).items).toHaveLength(1);
    expect(settledOf([added]).items[0]?.addedBy).toBeUndefined();
  });
});

describe('a supplement', () => {
  it('given a batch of the merger, has one outcome', () => {
    const problems = [{ code: 'unknown-item', detail: 'x' } as Problem];
    const { outcomes } = settledOf([
      merged('a', 1, 2),
      refused('supplement.rejected', 'b', 1, problems),
      refused('supplement.held', 'c'),
      merged('a', 1, 2),
    ]);
    const told = { orderId: 'o', sequence: 1, at: AT };
    expect(outcomes).toEqual([
      { ...told, id: 'a', state: 'merged', revision: 2 },
      { ...told, id: 'b', state: 'rejected', problems },
      { ...told, id: 'c', state: 'held', problems: [] },
    ]);
  });

  it('given that it entered the line twice, has the outcome of its later entry, whatever comes last', () => {
    const first = refused('supplement.held', 'a');
    const second = merged('a', 3, 4);
    for (const batch of [
      [first, second],
      [second, first],
      [first, second, first],
    ]) {
      expect(settledOf(batch).outcomes).toMatchObject([{ id: 'a', sequence: 3, state: 'merged' }]);
    }
  });
});

describe('a version', () => {
  it('given its revision, has that and what of it could not apply', () => {
    const notApplied = [{ code: 'unknown-item', detail: 'x' } as Problem];
    const { versions, outcomes } = settledOf([
      revised('o', 5, { kind: 'amendment', cause: { version: 3 }, notApplied }),
      revised('o', 4, { kind: 'progress', cause: { version: 2 } }),
    ]);
    expect(versions).toEqual([
      { orderId: 'o', version: 2, revision: 4 },
      { orderId: 'o', version: 3, revision: 5, notApplied },
    ]);
    expect(outcomes).toEqual([]);
  });
});

describe('the due date of an order', () => {
  const whole = (after: Change['after']): Change[] => [{ path: '', ...(after === undefined ? {} : { after }) }];
  const date = (after?: string): Change[] => [{ path: '/requestedCompletionDate', before: 'x', ...(after === undefined ? {} : { after }) }];

  it('is in the first revision’s document and in later deltas; the newest counts', () => {
    const batch = [
      revised('o', 3, { delta: date('2027-03-01') }),
      revised('o', 1, { delta: whole({ requestedCompletionDate: '2027-02-01' }) }),
      revised('p', 1, { delta: whole({}) }),
    ];
    expect(settledOf(batch).dueDates).toEqual([
      { orderId: 'o', revision: 3, dueDate: '2027-03-01' },
      { orderId: 'p', revision: 1 },
    ]);
  });
  it('is gone where a revision removed it', () => {
    expect(settledOf([revised('o', 4, { delta: date() })]).dueDates).toEqual([{ orderId: 'o', revision: 4 }]);
  });
  it('is no news where a revision left it alone', () => {
    expect(settledOf([revised('o', 5, { delta: [{ path: '/requestedCompletionDate/x', after: 1 }] })]).dueDates).toEqual([]);
  });
});
