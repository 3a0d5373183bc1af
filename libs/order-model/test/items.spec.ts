import { describe, expect, test } from '@jest/globals';
import {
  type AmendmentInput,
  containedItems,
  fromDocument,
  type JsonObject,
  type NeededItems,
  neededItems,
  reliedOn,
  toDocument,
} from '#order-model';
import { anOrder } from './given.js';

const on = (...ids: string[]): JsonObject => ({ productOrderItemRelationship: ids.map((id) => ({ id, relationshipType: 'reliesOn' })) });
/** What stands in a list of items and is none: a document that no door has checked. */
const NO_ITEMS = [null, 7, 'text', [], {}, { id: '' }, { id: 7 }, [{ id: 'x' }]];

describe('what an item relies on', () => {
  test.each(['reliesOn', 'RELIESON', 'relieson', 'bundles', 'Bundles'])('is what it names as %s', (relationshipType) => {
    expect(reliedOn({ productOrderItemRelationship: [{ id: 'a', relationshipType }] })).toEqual(['a']);
  });
  test.each([[undefined], ['isReliedOnBy'], [''], [7], [null]])('is not what it names as %j', (relationshipType) => {
    expect(
      reliedOn({ productOrderItemRelationship: [{ id: 'a', ...(relationshipType === undefined ? {} : { relationshipType }) }] }),
    ).toEqual([]);
  });
  test('is named once, and by what is a relationship', () => {
    expect(reliedOn({ productOrderItemRelationship: [...NO_ITEMS, ...(on('a', 'b', 'a')['productOrderItemRelationship'] as [])] })).toEqual(
      ['a', 'b'],
    );
    expect(reliedOn({ productOrderItemRelationship: { id: 'a', relationshipType: 'reliesOn' } })).toEqual([]);
    expect(reliedOn({ productOrderItemRelationship: [{ relationshipType: 'reliesOn' }] })).toStrictEqual([]);
  });
  test('is also what the items nested in it rely on, each until it is cancelled', () => {
    const nested = [
      { id: '1.1', ...on('a'), productOrderItem: [{ id: '1.1.1', ...on('b') }] },
      { id: '1.2', state: 'cancelled', ...on('c') },
      { id: '1.3', ...on('d', 'a') },
    ];
    expect(reliedOn({ id: '1', ...on('e'), productOrderItem: nested })).toEqual(['e', 'a', 'b', 'd']);
    expect(reliedOn({ id: '1', state: 'cancelled', ...on('e'), productOrderItem: nested })).toEqual(['a', 'b', 'd']);
  });
});

describe('the items in an item', () => {
  test('are those at any depth, each before those inside it, once', () => {
    const productOrderItem = [...NO_ITEMS, { id: '1.1', productOrderItem: [{ id: '1.1.1' }, { id: '1.2' }] }, { id: '1.2' }, { id: '1.1' }];
    expect(containedItems({ id: '1', productOrderItem })).toEqual(['1.1', '1.1.1', '1.2']);
  });
  test('are none where no list stands', () => {
    expect([containedItems({ id: '1' }), containedItems({ id: '1', productOrderItem: { id: '1.1' } })]).toEqual([[], []]);
  });
});

describe('an order as a document says it', () => {
  test('has its items by id, the first of each, and passes over what is none', () => {
    const order = fromDocument('o', { productOrderItem: [...NO_ITEMS, { id: 'b', x: 1 }, { id: 'a' }, { id: 'b', x: 2 }] });
    expect([...order.items.values()].map(({ id, position, doc, provenance }) => [id, position, doc, provenance])).toEqual([
      ['b', 0, { id: 'b', x: 1, state: 'acknowledged' }, { '': 1 }],
      ['a', 1, { id: 'a', state: 'acknowledged' }, { '': 1 }],
    ]);
    expect(order.counts).toEqual({ acknowledged: 2 });
  });
  test('has the heads given, else the first, and a state that is one', () => {
    const { revision, version, sequence, state, provenance } = fromDocument(
      'o',
      { state: 'held' },
      { revision: 4, version: 3, sequence: 2 },
    );
    expect([revision, version, sequence, state, provenance]).toEqual([4, 3, 2, 'held', { '': 4 }]);
    expect(fromDocument('o', { state: 'lost', a: 1, productOrderItem: [] }).attributes).toEqual({ a: 1 });
    expect(fromDocument('o', { state: 'lost', a: 1 })).toMatchObject({
      orderId: 'o',
      revision: 1,
      version: 1,
      sequence: 0,
      state: 'acknowledged',
      attributes: { a: 1 },
    });
  });
  test('gives items and those nested in them a state where they have none that is one, and keeps the rest of the list', () => {
    const productOrderItem = [
      {
        id: '1',
        state: 'held',
        productOrderItem: [{ id: '1.1' }, 7, { id: '1.2', state: 'completed', productOrderItem: [{ id: '1.2.1', state: 'lost' }] }],
      },
    ];
    expect(toDocument(fromDocument('o', { productOrderItem }))).toEqual({
      state: 'acknowledged',
      productOrderItem: [
        {
          id: '1',
          state: 'held',
          productOrderItem: [
            { id: '1.1', state: 'acknowledged' },
            7,
            { id: '1.2', state: 'completed', productOrderItem: [{ id: '1.2.1', state: 'acknowledged' }] },
          ],
        },
      ],
    });
  });
  test('does so as far down as level 128', () => {
    let item: JsonObject = { id: 'leaf' };
    for (let level = 0; level < 200; level += 1) item = { id: 'i', productOrderItem: [item] };
    const states: unknown[] = [];
    for (
      let at = toDocument(fromDocument('o', { productOrderItem: [item] }));
      at !== undefined;
      at = (at['productOrderItem'] as JsonObject[] | undefined)?.[0] as JsonObject
    )
      states.push(at['state']);
    expect(states.lastIndexOf('acknowledged')).toBe(129);
    expect(states.slice(0, 130).every((state) => state === 'acknowledged')).toBe(true);
  });
  test('is told with its items by position, whatever the order they were loaded in', () => {
    const order = anOrder({ b: {}, a: {}, c: {} });
    const loaded = { ...order, items: new Map([...order.items].reverse()) };
    expect(toDocument(loaded)).toEqual(toDocument(order));
  });
});

describe('the items that an input needs', () => {
  const of = { id: 'i', by: 'x' };
  const amended = (given: Partial<AmendmentInput>): NeededItems =>
    neededItems({ kind: 'amendment', ...of, version: 2, delta: [], ...given });
  const supplemented = (changes: JsonObject): NeededItems => neededItems({ kind: 'supplement', ...of, sequence: 1, changes });
  test('are none for the creation of the order', () => {
    expect(neededItems({ kind: 'orderCreated', ...of, version: 1, order: { productOrderItem: [{ id: '1' }] } })).toEqual({
      all: false,
      ids: [],
      anyDepth: [],
    });
  });
  test('are those that an amendment changes, once; all of them for a cancellation', () => {
    const delta = ['/productOrderItem/1/quantity', '/note/n', '/productOrderItem/2', '/productOrderItem/1/state'].map((path) => ({ path }));
    expect(amended({ delta })).toEqual({ all: false, ids: ['1', '2'], anyDepth: [] });
    expect(amended({ cancellation: {} })).toEqual({ all: true, ids: [], anyDepth: [] });
  });
  test('are those that progress is reported of, at whatever depth', () => {
    expect(neededItems({ kind: 'progress', ...of, version: 2, items: [{ id: '1' }, { id: '1.1' }, { id: '1' }] })).toEqual({
      all: false,
      ids: ['1', '1.1'],
      anyDepth: ['1', '1.1'],
    });
  });
  test('are those that a supplement names, and those that any of them is to rely on, at whatever depth', () => {
    const productOrderItem = [
      ...NO_ITEMS,
      { id: '1', ...on('2') },
      { id: '3', productOrderItem: [{ id: '3.1', ...on('4', '2') }] },
      { id: '1' },
    ];
    expect(supplemented({ productOrderItem })).toEqual({ all: false, ids: ['1', '3', '2', '4'], anyDepth: ['2', '4'] });
    expect(supplemented({ description: 'x' })).toEqual({ all: false, ids: [], anyDepth: [] });
    expect(supplemented({ intent: 'amend', productOrderItem: { id: '1' } })).toEqual({ all: false, ids: [], anyDepth: [] });
    expect(supplemented({ intent: 'cancel' })).toEqual({ all: true, ids: [], anyDepth: [] });
  });
});
