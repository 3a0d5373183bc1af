import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ItemState, OrderState } from '#order-model';
import { fixture } from '../fixtures/index.js';
import type { EffectiveOrderRevised, ItemFacts } from './effective-orders.js';
import { newestHeads } from './heads.js';

type Plan = EffectiveOrderRevised['plan'];
type Kind = EffectiveOrderRevised['cause']['kind'];

const ITEM_STATES: ItemState[] = ['acknowledged', 'inProgress', 'held', 'completed', 'cancelled'];
const ORDER_STATES: OrderState[] = ['acknowledged', 'inProgress', 'partial', 'cancelled'];

/** A revision of an order; what one (order, revision) says is always the same. */
function revised(
  orderId: string,
  revision: number,
  said: { state?: OrderState; items?: ItemFacts[]; kind?: Kind; adds?: string[] } = {},
): EffectiveOrderRevised {
  const { state = 'acknowledged', items = [], kind = 'supplement', adds = [] } = said;
  const plan: Plan = adds.map((itemId) => ({ itemId, action: 'add', compensation: 'do', paths: [] }));
  return {
    ...fixture('effective-order.revised'),
    orderId,
    revision,
    previousRevision: revision - 1,
    cause: { kind, id: `${orderId}-cause-${revision}`, by: 'upstream' },
    state,
    plan,
    items,
  };
}

const facts = fc.record({
  id: fc.constantFrom('1', '2', '3', 'a"b', ''),
  state: fc.constantFrom(...ITEM_STATES),
  pointOfNoReturn: fc.boolean(),
});
const said = fc.record({
  state: fc.constantFrom(...ORDER_STATES),
  items: fc.uniqueArray(facts, { selector: ({ id }) => id }),
  kind: fc.constantFrom<Kind>('orderCreated', 'amendment', 'progress', 'supplement'),
  adds: fc.uniqueArray(fc.constantFrom('1', '2', '3')),
});
/** The revisions 1, 2, 3 … of a few orders. */
const lines = fc
  .array(fc.array(said, { maxLength: 6 }), { maxLength: 4 })
  .map((orders) => orders.flatMap((line, order) => line.map((one, index) => revised(`order-${order}`, index + 1, one))));

describe('newestHeads', () => {
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
        expect(newestHeads([...shuffled, ...repeated])).toEqual(newestHeads(events));
      }),
    );
  });

  it('given any events, each head and each item is as its newest revision says', () => {
    fc.assert(
      fc.property(lines, (events) => {
        const { heads, items } = newestHeads(events);
        expect(new Set(heads.map(({ orderId }) => orderId)).size).toBe(heads.length);
        for (const { orderId, revision, state } of heads) {
          const line = events.filter((event) => event.orderId === orderId);
          expect([revision, state]).toEqual([line.length, line.at(-1)?.state]);
        }
        for (const { orderId, itemId, revision, state, pointOfNoReturn } of items) {
          const telling = events.filter((event) => event.orderId === orderId && event.items.some(({ id }) => id === itemId));
          expect(revision).toBe(telling.at(-1)?.revision);
          expect(telling.at(-1)?.items).toContainEqual({ id: itemId, state, pointOfNoReturn });
        }
      }),
    );
  });

  it('given the events in two batches, tells of the second as if it stood alone', () => {
    const second = revised('order', 9, { items: [{ id: '1', state: 'held', pointOfNoReturn: false }] });
    expect(newestHeads([second]).items).toEqual([
      { orderId: 'order', itemId: '1', revision: 9, state: 'held', pointOfNoReturn: false, addedBy: null },
    ]);
  });

  it('given the revision that added an item and later ones, keeps which supplement added it', () => {
    const item = (state: ItemState): ItemFacts[] => [{ id: '3', state, pointOfNoReturn: false }];
    const added = revised('order', 2, { adds: ['3'], items: item('acknowledged') });
    const moved = revised('order', 3, { kind: 'progress', items: item('inProgress') });
    expect(newestHeads([moved, added]).items).toEqual([
      expect.objectContaining({ revision: 3, state: 'inProgress', addedBy: 'order-cause-2' }),
    ]);
  });

  it('given an item that an amendment added, names no supplement', () => {
    const added = revised('order', 2, {
      kind: 'amendment',
      adds: ['3'],
      items: [{ id: '3', state: 'acknowledged', pointOfNoReturn: false }],
    });
    expect(newestHeads([added]).items[0]?.addedBy).toBeNull();
  });

  it('given no events, tells of nothing', () => {
    expect(newestHeads([])).toEqual({ heads: [], items: [] });
  });
});
