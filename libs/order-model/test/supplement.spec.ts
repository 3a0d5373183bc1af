import { describe, expect, test } from '@jest/globals';
import { type EffectiveOrder, type JsonObject, valueAt } from '#order-model';
import { anOrder, codes, deltaOf, documentAfter, items, supplement } from './given.js';

const reliesOn = (...ids: string[]): JsonObject => ({
  productOrderItemRelationship: ids.map((id) => ({ id, relationshipType: 'reliesOn' })),
});
const floor = (value: string): JsonObject => ({ product: { productCharacteristic: [{ name: 'demarc.floor', value }] } });
const FLOOR = '/productOrderItem/1/product/productCharacteristic/demarc.floor/value';

describe('a supplement that amends an item', () => {
  test('given the item, changes one keyed value and nothing else', () => {
    const order = anOrder({
      1: {
        product: {
          productCharacteristic: [
            { name: 'vlan', value: '7' },
            { name: 'demarc.floor', value: '2' },
          ],
        },
      },
    });
    const outcome = supplement(order, items({ id: '1', intent: 'amend', ...floor('4') }));
    expect(deltaOf(outcome)).toEqual([{ path: FLOOR, before: '2', after: '4' }]);
    expect(valueAt(documentAfter(outcome), '/productOrderItem/1/product/productCharacteristic/vlan/value')).toBe('7');
  });
  test('given no such item, is refused as unknown-item and changes nothing', () => {
    const order = anOrder({ 1: {} });
    const outcome = supplement(order, items({ id: '7', intent: 'amend', ...floor('4') }));
    expect(codes(outcome)).toEqual(['unknown-item']);
    expect(documentAfter(outcome)).toEqual(documentAfter({ kind: 'rejected', order, problems: [] }));
  });
  test('given the value stands already, makes a revision with an empty delta', () => {
    const outcome = supplement(anOrder({ 1: floor('4') }), items({ id: '1', intent: 'amend', ...floor('4') }));
    expect(outcome.kind).toBe('revised');
    expect(deltaOf(outcome)).toEqual([]);
  });
  test('without an intent, means amend for an item that is there and add for one that is not and has an action', () => {
    const outcome = supplement(anOrder({ 1: {} }), items({ id: '1', quantity: 2 }, { id: '2', action: 'add' }));
    expect(deltaOf(outcome).map(({ path }) => path)).toEqual(['/productOrderItem/1/quantity', '/productOrderItem/2']);
  });
  test('removes an attribute by null and an element by its key', () => {
    const order = anOrder({
      1: {
        quantity: 3,
        note: [
          { id: 'n', text: 'x' },
          { id: 'm', text: 'y' },
        ],
      },
    });
    const outcome = supplement(order, items({ id: '1', quantity: null, note: [{ id: 'n', $patch: 'delete' }] }));
    expect(valueAt(documentAfter(outcome), '/productOrderItem/1')).toEqual({
      id: '1',
      action: 'add',
      state: 'acknowledged',
      note: [{ id: 'm', text: 'y' }],
    });
  });
});

describe('a supplement that adds an item', () => {
  test('given the id is free, adds it acknowledged, without what only fulfilment says', () => {
    const outcome = supplement(
      anOrder({ 1: {} }),
      items({ id: '2', intent: 'add', action: 'add', state: 'completed', pointOfNoReturn: true, x: null, ...reliesOn('1') }),
    );
    expect(valueAt(documentAfter(outcome), '/productOrderItem/2')).toEqual({
      id: '2',
      action: 'add',
      state: 'acknowledged',
      ...reliesOn('1'),
    });
  });
  test('given the id is taken, is refused as duplicate-item', () => {
    expect(codes(supplement(anOrder({ 1: {} }), items({ id: '1', intent: 'add', action: 'add' })))).toEqual(['duplicate-item']);
  });
  test('that relies on an item nobody has, or that is cancelled, is refused as dependency', () => {
    const order = anOrder({ 1: { state: 'cancelled' }, 2: {} });
    expect(codes(supplement(order, items({ id: '3', intent: 'add', ...reliesOn('9') })))).toEqual(['dependency']);
    expect(codes(supplement(order, items({ id: '3', intent: 'add', ...reliesOn('1') })))).toEqual(['dependency']);
  });
  test('that relies on one added with it, or nested in another item, is taken', () => {
    const order = anOrder({ 1: { productOrderItem: [{ id: '1.1', action: 'add' }] } });
    expect(codes(supplement(order, items({ id: '3', intent: 'add', ...reliesOn('4', '1.1') }, { id: '4', intent: 'add' })))).toEqual([]);
  });
});

describe('a supplement that cancels an item', () => {
  test('given it can be, cancels it and the items nested in it', () => {
    const outcome = supplement(
      anOrder({ 1: { productOrderItem: [{ id: '1.1', action: 'add' }] }, 2: {} }),
      items({ id: '1', intent: 'cancel' }),
    );
    expect(deltaOf(outcome).map(({ path, after: state }) => [path, state])).toEqual([
      ['/productOrderItem/1/state', 'cancelled'],
      ['/productOrderItem/1/productOrderItem/1.1/state', 'cancelled'],
    ]);
  });
  test('given it is cancelled, is refused as item-already-cancelled', () => {
    expect(codes(supplement(anOrder({ 1: { state: 'cancelled' }, 2: {} }), items({ id: '1', intent: 'cancel' })))).toEqual([
      'item-already-cancelled',
    ]);
  });
  test('given a remaining item relies on it, is refused as dependency; given that one goes too, is taken', () => {
    const order = anOrder({ 1: {}, 2: reliesOn('1'), 3: {} });
    expect(codes(supplement(order, items({ id: '1', intent: 'cancel' })))).toEqual(['dependency']);
    expect(codes(supplement(order, items({ id: '1', intent: 'cancel' }, { id: '2', intent: 'cancel' })))).toEqual([]);
    const away = { id: '2', intent: 'amend', productOrderItemRelationship: [{ id: '1', relationshipType: 'reliesOn', $patch: 'delete' }] };
    expect(codes(supplement(order, items({ id: '1', intent: 'cancel' }, away)))).toEqual([]);
  });
  test('cancels A, amends B, adds C and leaves D in one request', () => {
    const order = anOrder({ A: {}, B: {}, D: {} });
    const outcome = supplement(
      order,
      items({ id: 'A', intent: 'cancel' }, { id: 'B', intent: 'amend', quantity: 2 }, { id: 'C', intent: 'add', action: 'add' }),
    );
    const states = (documentAfter(outcome)['productOrderItem'] as JsonObject[]).map(({ id, state, quantity }) => [id, state, quantity]);
    expect(states).toEqual([
      ['A', 'cancelled', undefined],
      ['B', 'acknowledged', 2],
      ['D', 'acknowledged', undefined],
      ['C', 'acknowledged', undefined],
    ]);
  });
  test('is atomic: one item that cannot be keeps all of it out', () => {
    const order = anOrder({ A: {}, B: { state: 'completed' } });
    const outcome = supplement(order, items({ id: 'A', intent: 'cancel' }, { id: 'B', intent: 'cancel' }));
    expect(codes(outcome)).toEqual(['past-point-of-no-return']);
    expect(valueAt(documentAfter(outcome), '/productOrderItem/A/state')).toBe('acknowledged');
  });
});

describe('the point of no return', () => {
  const past: [string, JsonObject][] = [
    ['completed', { state: 'completed' }],
    ['failed', { state: 'failed' }],
    ['cancelled', { state: 'cancelled' }],
    ['flagged', { state: 'inProgress', pointOfNoReturn: true }],
  ];
  const order = (item: JsonObject): EffectiveOrder => anOrder({ 1: { ...item, quantity: 1 }, 2: {} });

  test.each(past)('given an item that is %s, a change to it is refused and names item and path', (_what, item) => {
    const outcome = supplement(order(item), items({ id: '1', intent: 'amend', quantity: 2 }));
    expect(outcome).toMatchObject({
      kind: 'rejected',
      problems: [{ code: 'past-point-of-no-return', itemId: '1', path: '/productOrderItem/1/quantity' }],
    });
  });
  test.each(past)('given an item that is %s, its notes and contacts may still change', (_what, item) => {
    const open = { note: [{ id: 'n', text: 'call first' }], relatedParty: [{ id: 'p', role: 'contact' }] };
    expect(codes(supplement(order(item), items({ id: '1', intent: 'amend', ...open })))).toEqual([]);
  });
  test('given only another item is past it, stays quiet', () => {
    expect(codes(supplement(order({ state: 'completed' }), items({ id: '2', intent: 'amend', quantity: 2 })))).toEqual([]);
  });
  test('given an item past it, those nested in it cannot change either', () => {
    const nested = anOrder({ 1: { pointOfNoReturn: true, productOrderItem: [{ id: '1.1', action: 'add' }] } });
    expect(codes(supplement(nested, items({ id: '1', productOrderItem: [{ id: '1.1', quantity: 2 }] })))).toEqual([
      'past-point-of-no-return',
    ]);
    expect(codes(supplement(nested, items({ id: '1', productOrderItem: [{ id: '1.2', intent: 'add' }] })))).toEqual([
      'past-point-of-no-return',
    ]);
  });
});

describe('what may not be amended', () => {
  test.each(['id', 'href', 'orderDate', 'state', 'version'])('%s of the order is refused as not-amendable', (name) => {
    expect(codes(supplement(anOrder({ 1: {} }, { href: '/x', orderDate: 'd' }), { [name]: 'other' }))).toEqual(['not-amendable']);
  });
  test.each(['state', 'pointOfNoReturn', 'milestone'])('%s of an item is refused as not-amendable', (name) => {
    expect(codes(supplement(anOrder({ 1: {} }), items({ id: '1', [name]: 'other' })))).toEqual(['not-amendable']);
  });
  test('the present value of what is assigned is no change', () => {
    expect(
      codes(
        supplement(anOrder({ 1: {} }, { href: '/x' }), {
          href: '/x',
          state: 'acknowledged',
          productOrderItem: [{ id: '1', state: 'acknowledged' }],
        }),
      ),
    ).toEqual([]);
  });
  test('order items are never removed', () => {
    expect(codes(supplement(anOrder({ 1: {} }), items({ id: '1', $patch: 'delete' })))).toEqual(['not-amendable']);
    expect(codes(supplement(anOrder({ 1: {} }), { productOrderItem: null }))).toEqual(['not-amendable']);
  });
});

describe('a closed order', () => {
  test.each(['completed', 'cancelled', 'rejected', 'failed'])('that is %s refuses every supplement as order-closed', (state) => {
    expect(codes(supplement(anOrder({ 1: { state } }, { state }), { description: 'x' }))).toEqual(['order-closed']);
  });
  test('that is partial or in progress does not', () => {
    expect(codes(supplement(anOrder({ 1: {} }, { state: 'partial' }), { description: 'x' }))).toEqual([]);
  });
});

describe('the cancellation of a whole order by a supplement', () => {
  const cancel = { intent: 'cancel', cancellationReason: 'site closed' };
  test('cancels every item that can be, closes the order and keeps the reason', () => {
    const outcome = supplement(anOrder({ 1: {}, 2: { state: 'inProgress', ...reliesOn('1') }, 3: { state: 'cancelled' } }), cancel);
    expect(documentAfter(outcome)).toMatchObject({ state: 'cancelled', cancellationReason: 'site closed' });
  });
  test('is refused past the point of no return', () => {
    expect(codes(supplement(anOrder({ 1: {}, 2: { state: 'completed' } }, { state: 'inProgress' }), cancel))).toEqual([
      'past-point-of-no-return',
    ]);
  });
});

describe('a conflict', () => {
  const changedSince = (changes: JsonObject): EffectiveOrder => supplement(anOrder({ 1: floor('2') }), changes).order;
  const author = (onConflict?: 'hold' | 'reject' | 'overwrite') => ({
    basedOnRevision: 1,
    ...(onConflict === undefined ? {} : { onConflict }),
  });
  const change = items({ id: '1', intent: 'amend', ...floor('4') });

  test('given the path changed unseen, holds the supplement and names path and revision', () => {
    const outcome = supplement(changedSince(items({ id: '1', ...floor('3') })), change, author());
    expect(outcome).toMatchObject({ kind: 'held', problems: [{ code: 'conflict', path: FLOOR, itemId: '1' }] });
    expect(outcome.order).toMatchObject({ revision: 2, sequence: 2 });
  });
  test('rejects or overwrites instead where the author said so; the revision names what it overwrote', () => {
    const order = changedSince(items({ id: '1', ...floor('3') }));
    expect(supplement(order, change, author('reject')).kind).toBe('rejected');
    const outcome = supplement(order, change, author('overwrite'));
    expect(outcome).toMatchObject({ kind: 'revised', revision: { overwritten: [{ path: FLOOR, revision: 2, before: '3' }] } });
  });
  test('is also a path above or below', () => {
    const whole = items({ id: '1', product: { productCharacteristic: [{ name: 'demarc.floor', $patch: 'delete' }] } });
    expect(supplement(changedSince(items({ id: '1', ...floor('3') })), whole, author()).kind).toBe('held');
    expect(supplement(changedSince(whole), change, author()).kind).toBe('held');
  });
  test('is none where other paths changed, where the author had seen the change, or named no revision', () => {
    expect(supplement(changedSince(items({ id: '1', quantity: 5 })), change, author()).kind).toBe('revised');
    const order = changedSince(items({ id: '1', ...floor('3') }));
    expect(supplement(order, change, { basedOnRevision: 2 }).kind).toBe('revised');
    expect(supplement(order, change).kind).toBe('revised');
  });
});
