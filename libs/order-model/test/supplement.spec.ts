import { describe, expect, test } from '@jest/globals';
import { type EffectiveOrder, type JsonObject, type Outcome, valueAt } from '#order-model';
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
  test('without an intent, takes an action for an attribute where the item is there', () => {
    const outcome = supplement(anOrder({ 1: {} }), items({ id: '1', action: 'modify' }));
    expect(deltaOf(outcome)).toEqual([{ path: '/productOrderItem/1/action', before: 'add', after: 'modify' }]);
  });
  test('amends, adds and cancels items nested in it', () => {
    const order = anOrder({ 1: { productOrderItem: [{ id: '1.1', quantity: 1 }, { id: '1.2' }] } });
    const nested = [
      { id: '1.1', quantity: 2 },
      { id: '1.2', intent: 'cancel' },
      { id: '1.3', action: 'modify' },
    ];
    expect(deltaOf(supplement(order, items({ id: '1', productOrderItem: nested })))).toEqual([
      { path: '/productOrderItem/1/productOrderItem/1.1/quantity', before: 1, after: 2 },
      { path: '/productOrderItem/1/productOrderItem/1.2/state', before: 'acknowledged', after: 'cancelled' },
      { path: '/productOrderItem/1/productOrderItem/1.3', after: { id: '1.3', action: 'modify', state: 'acknowledged' } },
    ]);
    expect(codes(supplement(order, items({ id: '1', productOrderItem: [{ id: '1.1', intent: 'add' }, { id: '1.9' }] })))).toEqual([
      'duplicate-item',
      'unknown-item',
    ]);
    expect(codes(supplement(order, items({ id: '1', productOrderItem: null })))).toEqual(['not-amendable']);
  });
  test('leaves out what only says how: intent and marker are no attributes of the order', () => {
    const outcome = supplement(anOrder({ 1: {} }), { intent: 'amend', $patch: 'x', description: 'y' });
    expect(deltaOf(outcome)).toEqual([{ path: '/description', after: 'y' }]);
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
  test('adds it as it is to be built: its action, else add; those nested in it without what only fulfilment says', () => {
    const nested = [{ id: '2.1', intent: 'add', state: 'held', milestone: [{ name: 'm' }], pointOfNoReturn: true, quantity: 1 }, 7];
    const outcome = supplement(
      anOrder({ 1: {} }),
      items(
        { id: '2', intent: 'add', productOrderItem: nested },
        { id: '3', intent: 'add', action: 'modify', note: [{ id: 'n', $patch: 'delete' }] },
      ),
    );
    expect(deltaOf(outcome)).toEqual([
      {
        path: '/productOrderItem/2',
        after: { id: '2', action: 'add', state: 'acknowledged', productOrderItem: [{ id: '2.1', quantity: 1, state: 'acknowledged' }, 7] },
      },
      { path: '/productOrderItem/3', after: { id: '3', action: 'modify', state: 'acknowledged', note: [] } },
    ]);
  });
  test('puts it after all that the order has, loaded or not', () => {
    const { order } = supplement(anOrder({ 1: {}, 2: {}, 3: {} }), items({ id: '2', intent: 'cancel' }));
    const slice = { ...order, items: new Map([...order.items].slice(0, 1)) };
    const outcome = supplement(slice, items({ id: '5', intent: 'add' }, { id: '4', intent: 'add' }));
    expect([...outcome.order.items.values()].map(({ id, position }) => [id, position])).toEqual([
      ['1', 0],
      ['5', 3],
      ['4', 4],
    ]);
  });
  test('given the id is taken, is refused as duplicate-item', () => {
    expect(codes(supplement(anOrder({ 1: {} }), items({ id: '1', intent: 'add', action: 'add' })))).toEqual(['duplicate-item']);
  });
  test('that relies on an item nobody has, or that is cancelled, is refused as dependency', () => {
    const order = anOrder({ 1: { state: 'cancelled' }, 2: {} });
    expect(codes(supplement(order, items({ id: '3', intent: 'add', ...reliesOn('9') })))).toEqual(['dependency']);
    expect(codes(supplement(order, items({ id: '3', intent: 'add', ...reliesOn('1') })))).toEqual(['dependency']);
  });
  test('that relies on what it cannot have is refused with the place of the item that does, nested or not', () => {
    const order = anOrder({ 1: { state: 'cancelled' }, 2: reliesOn('9'), 3: {} });
    const nested = { id: '4', intent: 'add', productOrderItem: [{ id: '4.1', ...reliesOn('8', '1') }] };
    expect(supplement(order, items(nested))).toMatchObject({
      problems: [
        { code: 'dependency', itemId: '4.1', path: '/productOrderItem/4/productOrderItem/4.1', detail: expect.stringContaining('"8"') },
        { code: 'dependency', itemId: '4.1', path: '/productOrderItem/4/productOrderItem/4.1', detail: expect.stringContaining('"1"') },
      ],
    });
    // What it relied on before is not asked for again, also where it gets another.
    expect(codes(supplement(order, items({ id: '2', quantity: 2, ...reliesOn('3') })))).toEqual([]);
    expect(supplement(order, items({ id: '3', ...reliesOn('9') }))).toMatchObject({ problems: [{ code: 'dependency', itemId: '3' }] });
    // One that is cancelled relies on nothing.
    expect(codes(supplement(order, items({ id: '1', ...reliesOn('9') }), {}, { alwaysOpen: [], rules: [] }))).toEqual([]);
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
  test('that a new item is to rely on is refused once, for the cancellation', () => {
    const outcome = supplement(
      anOrder({ 1: {}, 2: {} }),
      items({ id: '1', intent: 'cancel' }, { id: '3', intent: 'add', ...reliesOn('1') }),
    );
    expect(outcome).toMatchObject({ problems: [{ code: 'dependency', itemId: '1', path: '/productOrderItem/1' }] });
    expect(codes(outcome)).toHaveLength(1);
  });
  test('given one nested in it is relied on, is refused with the place of that one', () => {
    const order = anOrder({ 1: { productOrderItem: [{ id: '1.1' }] }, 2: reliesOn('1.1'), 3: { state: 'cancelled', ...reliesOn('1') } });
    expect(supplement(order, items({ id: '1', intent: 'cancel' }))).toMatchObject({
      problems: [{ code: 'dependency', itemId: '1.1', path: '/productOrderItem/1/productOrderItem/1.1' }],
    });
  });
  test('leaves nested ones that are cancelled, and is refused for those that no longer can be', () => {
    const order = anOrder({
      1: {
        productOrderItem: [
          { id: '1.1', state: 'cancelled' },
          { id: '1.2', state: 'held' },
        ],
      },
      2: {
        productOrderItem: [
          { id: '2.1', state: 'rejected' },
          { id: '2.2', state: 'completed' },
        ],
      },
    });
    expect(deltaOf(supplement(order, items({ id: '1', intent: 'cancel' }))).map(({ path }) => path)).toEqual([
      '/productOrderItem/1/state',
      '/productOrderItem/1/productOrderItem/1.2/state',
    ]);
    expect(supplement(order, items({ id: '2', intent: 'cancel' }))).toMatchObject({
      problems: [
        {
          code: 'past-point-of-no-return',
          itemId: '2.1',
          path: '/productOrderItem/2/productOrderItem/2.1',
          detail: expect.stringContaining('"2.1" is rejected:'),
        },
        { code: 'past-point-of-no-return', itemId: '2.2', path: '/productOrderItem/2/productOrderItem/2.2' },
      ],
    });
  });
  test('takes notes and contacts with it, and names each other attribute that comes along', () => {
    const order = anOrder({ 1: {}, 2: {} });
    const open = { note: [{ id: 'n', text: 'x' }], relatedParty: [{ id: 'p' }] };
    expect(deltaOf(supplement(order, items({ id: '1', intent: 'cancel', ...open }))).map(({ path }) => path)).toEqual([
      '/productOrderItem/1/state',
      '/productOrderItem/1/note/n',
      '/productOrderItem/1/relatedParty/p',
    ]);
    expect(supplement(order, items({ id: '1', intent: 'cancel', quantity: 1, product: {}, productOrderItem: [], ...open }))).toMatchObject({
      problems: [
        { path: '/productOrderItem/1/product' },
        { path: '/productOrderItem/1/productOrderItem' },
        { path: '/productOrderItem/1/quantity' },
      ],
    });
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
  test('given an order attribute whose names are those of an item past it, stays quiet', () => {
    expect(
      codes(supplement(anOrder({ 1: { state: 'completed' }, 2: {} }, { 'x-ext': { 1: { a: 1 } } }), { 'x-ext': { 1: { a: 2 } } })),
    ).toEqual([]);
  });
  test('given several on the way are past it, names the outermost', () => {
    const done = { state: 'completed' };
    const nested = anOrder({ 1: { productOrderItem: [{ id: '1.1', ...done, productOrderItem: [{ id: '1.1.1', ...done }] }] } });
    const change = { id: '1', productOrderItem: [{ id: '1.1', productOrderItem: [{ id: '1.1.1', quantity: 2 }] }] };
    expect(supplement(nested, items(change))).toMatchObject({ problems: [{ code: 'past-point-of-no-return', itemId: '1.1' }] });
    expect(codes(supplement(nested, items({ id: '1', quantity: 2 })))).toEqual([]);
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
  test('its present value is that of the item, not of the order; null says that there is none', () => {
    const order = anOrder({ 1: { productOrderItem: [{ id: '1.1', state: 'held' }] } }, { state: 'inProgress' });
    const nothing = { href: null, version: null, orderDate: null };
    const unset = { milestone: null, pointOfNoReturn: null };
    expect(
      codes(
        supplement(order, {
          state: 'inProgress',
          ...nothing,
          ...items({ id: '1', state: 'acknowledged', ...unset, productOrderItem: [{ id: '1.1', state: 'held' }] }),
        }),
      ),
    ).toEqual([]);
    expect(codes(supplement(order, { state: 'acknowledged' }))).toEqual(['not-amendable']);
    expect(codes(supplement(order, items({ id: '1', state: 'inProgress' })))).toEqual(['not-amendable']);
    expect(codes(supplement(order, { state: null, ...items({ id: '1', state: null }) }))).toEqual(['not-amendable', 'not-amendable']);
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
  test('leaves items that are cancelled already or were rejected as they are', () => {
    const inside = { productOrderItem: [{ id: '3.1', state: 'held' }] };
    const order = anOrder({ 1: {}, 2: { state: 'rejected' }, 3: { state: 'cancelled', ...inside } });
    expect(deltaOf(supplement(order, cancel))).toEqual([
      { path: '/productOrderItem/1/state', before: 'acknowledged', after: 'cancelled' },
      { path: '/cancellationReason', after: 'site closed' },
      { path: '/state', before: 'acknowledged', after: 'rejected' },
    ]);
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
  test('names what was overwritten only where something stood, and of which item', () => {
    const { order } = supplement(anOrder({ 1: {} }, { a: 1 }), { a: null, ...items({ id: '1', quantity: null, description: 'x' }) });
    const outcome = supplement(order, { a: 2, ...items({ id: '1', description: 'y' }) }, author('overwrite'));
    expect(outcome.kind === 'revised' ? outcome.revision.overwritten : []).toStrictEqual([
      { path: '/a', revision: 2 },
      { path: '/productOrderItem/1/description', revision: 2, before: 'x' },
    ]);
  });
});

describe('the revision that a supplement makes', () => {
  test('says what it was for where that was said, and its place in the line', () => {
    const order = anOrder({ 1: {} });
    const reason = { code: '1J', text: 'x' };
    const cause = (outcome: Outcome) => (outcome.kind === 'revised' ? outcome.revision.cause : undefined);
    const said = { kind: 'supplement', id: 's', sequence: 1, by: 'upstream' };
    const outcome = supplement(order, { description: 'x' });
    expect(cause(outcome)).toStrictEqual(said);
    expect(cause(supplement(order, { description: 'x' }, { reason }))).toStrictEqual({ ...said, reason });
    expect(Object.keys(outcome.kind === 'revised' ? outcome.revision : {})).toEqual([
      'orderId',
      'revision',
      'at',
      'cause',
      'state',
      'delta',
      'plan',
    ]);
    expect(outcome.order).toMatchObject({ revision: 2, version: 1, sequence: 1 });
  });
  test('names the items that it changed, and sets the provenance of each path', () => {
    const outcome = supplement(anOrder({ 1: { quantity: 1 }, 2: { quantity: 1 }, 3: {} }), {
      description: 'x',
      ...items({ id: '2', quantity: 2 }, { id: '1', quantity: 1 }, { id: '4', intent: 'add' }),
    });
    expect(outcome).toHaveProperty('changedItems', ['2', '4']);
    expect(outcome.order.provenance).toEqual({ '': 1, '/description': 2 });
    expect([...outcome.order.items.values()].map(({ id, provenance }) => [id, provenance])).toEqual([
      ['1', { '': 1 }],
      ['2', { '': 1, '/quantity': 2 }],
      ['3', { '': 1 }],
      ['4', { '': 2 }],
    ]);
  });
  test('remembers the last sequence before the order was confirmed, once', () => {
    const order = anOrder({ 1: {}, 2: {} });
    const first = supplement(order, { description: 'x' }).order;
    expect(first).not.toHaveProperty('sequenceAtConfirmation');
    const confirmed = supplement({ ...first, state: 'inProgress' }, { description: 'y' }).order;
    expect(confirmed).toMatchObject({ sequence: 2, sequenceAtConfirmation: 2 });
    expect(supplement(confirmed, { description: 'z' }).order).toMatchObject({ sequence: 3, sequenceAtConfirmation: 2 });
  });
  test('takes its place in the line also where it is refused, of an open order or a closed one', () => {
    expect(supplement(anOrder({ 1: {} }), { state: 'held' }, { sequence: 4 }).order).toMatchObject({ revision: 1, sequence: 4 });
    expect(supplement(anOrder({ 1: {} }, { state: 'failed' }), { a: 1 }, { sequence: 4 }).order).toMatchObject({
      revision: 1,
      sequence: 4,
    });
  });
});
