import { describe, expect, test } from '@jest/globals';
import { type EffectiveOrder, type ItemProgress, type JsonObject, merge, type Outcome, valueAt } from '#order-model';
import { AT } from './arbitraries.js';
import { amendment, anOrder, deltaOf, documentAfter, items, supplement } from './given.js';

function progress(order: EffectiveOrder, ...reported: ItemProgress[]): Outcome {
  return merge(order, { kind: 'progress', id: 'p', by: 'fulfilment', version: order.version + 1, items: reported }, AT);
}
const notApplied = (outcome: Outcome): (readonly [string, string | undefined])[] =>
  outcome.kind === 'revised' ? (outcome.revision.notApplied ?? []).map(({ code, itemId }) => [code, itemId] as const) : [];

describe('the creation of an order', () => {
  const order: JsonObject = { 'x-ext': { deep: [1, { a: null }] }, productOrderItem: [{ id: '1', action: 'add', free: true }] };
  const empty: EffectiveOrder = {
    ...anOrder({}),
    orderId: 'o',
    revision: 0,
    version: 0,
    attributes: {},
    provenance: {},
    counts: {},
    items: new Map(),
  };
  const outcome = merge(empty, { kind: 'orderCreated', id: 'o', by: 'upstream', version: 1, order }, AT);

  test('makes revision 1 whose delta is the whole document, unknown attributes as they came', () => {
    expect(outcome).toMatchObject({
      kind: 'revised',
      revision: { orderId: 'o', revision: 1, at: AT, cause: { kind: 'orderCreated', version: 1, by: 'upstream' }, state: 'acknowledged' },
    });
    expect(deltaOf(outcome)).toEqual([
      {
        path: '',
        after: { ...order, state: 'acknowledged', productOrderItem: [{ id: '1', action: 'add', free: true, state: 'acknowledged' }] },
      },
    ]);
  });
  test('plans each item to be done', () => {
    expect(outcome).toMatchObject({ revision: { plan: [{ itemId: '1', action: 'add', compensation: 'do' }] } });
  });
});

describe('an amendment is a fact', () => {
  test('that changes what it says and makes the next revision', () => {
    const outcome = amendment(anOrder({ 1: {} }), [
      { path: '/description', after: 'x' },
      { path: '/productOrderItem/1/quantity', after: 2 },
    ]);
    expect(outcome).toMatchObject({
      kind: 'revised',
      order: { revision: 2, version: 2 },
      revision: { cause: { kind: 'amendment', version: 2 } },
    });
    expect(documentAfter(outcome)).toMatchObject({ description: 'x', productOrderItem: [{ quantity: 2 }] });
    expect(notApplied(outcome)).toEqual([]);
  });
  test('of which a change to an item that a supplement cancelled is not applied, and said so; its notes are', () => {
    const order = supplement(anOrder({ 1: {}, 2: {} }), items({ id: '1', intent: 'cancel' })).order;
    const note = { path: '/productOrderItem/1/note/n', after: { id: 'n', text: 'x' } };
    const outcome = amendment(order, [{ path: '/productOrderItem/1/quantity', after: 2 }, note, { path: '/description', after: 'x' }]);
    expect(notApplied(outcome)).toEqual([['item-already-cancelled', '1']]);
    expect(deltaOf(outcome).map(({ path }) => path)).toEqual(['/productOrderItem/1/note/n', '/description']);
  });
  test('of which an item that is there already, or none, is not applied', () => {
    const order = anOrder({ 1: {} });
    expect(notApplied(amendment(order, [{ path: '/productOrderItem/1', after: { id: '1' } }]))).toEqual([['duplicate-item', '1']]);
    expect(notApplied(amendment(order, [{ path: '/productOrderItem/7/quantity', after: 1 }]))).toEqual([['unknown-item', '7']]);
    expect(notApplied(amendment(order, [{ path: '/productOrderItem/1', before: {} }]))).toEqual([['not-amendable', '1']]);
    expect(
      notApplied(amendment(anOrder({ 1: { state: 'completed' }, 2: {} }), [{ path: '/productOrderItem/1/state', after: 'cancelled' }])),
    ).toEqual([['state-transition', '1']]);
  });
  test('of which nothing is taken of a nested item that a supplement added under the same id, or that is not there', () => {
    const order = supplement(anOrder({ 1: {} }), items({ id: '1', productOrderItem: [{ id: '1.1', intent: 'add', action: 'add' }] })).order;
    const nested = '/productOrderItem/1/productOrderItem';
    expect(notApplied(amendment(order, [{ path: `${nested}/1.1`, after: { id: '1.1', action: 'modify' } }]))).toEqual([
      ['duplicate-item', '1.1'],
    ]);
    expect(notApplied(amendment(order, [{ path: `${nested}/1.1`, before: {} }]))).toEqual([['not-amendable', '1.1']]);
    expect(notApplied(amendment(order, [{ path: `${nested}/1.2`, after: { id: '1.2', action: 'add' } }]))).toEqual([]);
    // A note stays open on any item, but not on none.
    const note = amendment(order, [{ path: `${nested}/1.9/note/n`, after: { id: 'n', text: 'x' } }]);
    expect([notApplied(note), deltaOf(note)]).toEqual([[['unknown-item', '1.9']], []]);
  });
  test('that puts a reference back together which a supplement had removed, as the object it was', () => {
    const order = supplement(anOrder({ 1: {} }, { billingAccount: { id: 'b', name: 'old' }, 'x-ext': { note: { level: 1 } } }), {
      billingAccount: null,
      'x-ext': null,
    }).order;
    const outcome = amendment(order, [
      { path: '/billingAccount/name', before: 'old', after: 'new' },
      { path: '/billingAccount/address', after: { city: 'Bern' } },
      { path: '/x-ext/note/level', before: 1, after: 2 },
    ]);
    expect(documentAfter(outcome)).toMatchObject({
      billingAccount: { name: 'new', address: { city: 'Bern' } },
      'x-ext': { note: { level: 2 } },
    });
  });
  test('that a closed order does not take, and still a revision', () => {
    const outcome = amendment(anOrder({ 1: { state: 'cancelled' } }, { state: 'cancelled' }), [{ path: '/description', after: 'x' }]);
    expect(outcome).toMatchObject({
      kind: 'revised',
      order: { revision: 2 },
      revision: { delta: [], notApplied: [{ code: 'order-closed' }] },
    });
  });
  test('that wins where it had not seen a change, and names what it overwrote', () => {
    const order = supplement(anOrder({ 1: {} }), { description: 'theirs' }).order;
    const outcome = amendment(order, [{ path: '/description', after: 'ours' }], { basedOnRevision: 1 });
    expect(outcome).toMatchObject({
      kind: 'revised',
      revision: { overwritten: [{ path: '/description', revision: 2, before: 'theirs' }] },
    });
    expect(amendment(order, [{ path: '/description', after: 'ours' }])).not.toHaveProperty('revision.overwritten');
  });
  test('that cancels the order takes the items with it that supplements added, but for those past the point of no return', () => {
    const order = supplement(anOrder({ 1: {} }), items({ id: '2', intent: 'add' }, { id: '3', intent: 'add' })).order;
    const flagged = progress(order, { id: '3', state: 'inProgress', pointOfNoReturn: true }).order;
    const outcome = amendment(flagged, [{ path: '/productOrderItem/1/state', before: 'acknowledged', after: 'cancelled' }], {
      cancellation: {},
    });
    expect([1, 2, 3].map((id) => valueAt(documentAfter(outcome), `/productOrderItem/${id}/state`))).toEqual([
      'cancelled',
      'cancelled',
      'inProgress',
    ]);
    expect(notApplied(outcome)).toEqual([['past-point-of-no-return', '3']]);
  });
});

describe('progress', () => {
  test('moves states, sets milestones and the point of no return, and rolls up the order', () => {
    const outcome = progress(anOrder({ 1: {}, 2: {} }), { id: '1', state: 'inProgress', milestone: 'site survey', pointOfNoReturn: true });
    expect(deltaOf(outcome)).toEqual([
      { path: '/productOrderItem/1/state', before: 'acknowledged', after: 'inProgress' },
      { path: '/productOrderItem/1/pointOfNoReturn', after: true },
      { path: '/productOrderItem/1/milestone/site survey', after: { name: 'site survey' } },
      { path: '/state', before: 'acknowledged', after: 'inProgress' },
    ]);
    expect(outcome).toMatchObject({ revision: { state: 'inProgress', plan: [] } });
  });
  test('of a move that the state machine does not have is not applied and names both states', () => {
    const outcome = progress(
      anOrder({ 1: { state: 'completed' }, 2: {} }),
      { id: '1', state: 'inProgress' },
      { id: '2', state: 'inProgress' },
    );
    expect(outcome).toMatchObject({
      revision: { notApplied: [{ code: 'state-transition', detail: expect.stringMatching(/completed.*inProgress/) }] },
    });
    expect(valueAt(documentAfter(outcome), '/productOrderItem/2/state')).toBe('inProgress');
  });
  test('of an unknown item is not applied; of a nested one is', () => {
    const order = anOrder({ 1: { productOrderItem: [{ id: '1.1', action: 'add' }] } });
    const outcome = progress(order, { id: '9', state: 'inProgress' }, { id: '1.1', state: 'inProgress' });
    expect(notApplied(outcome)).toEqual([['unknown-item', '9']]);
    expect(deltaOf(outcome)).toEqual([
      { path: '/productOrderItem/1/productOrderItem/1.1/state', before: 'acknowledged', after: 'inProgress' },
    ]);
  });
  test('that says what is known already has an empty delta', () => {
    const order = progress(anOrder({ 1: {} }), { id: '1', state: 'inProgress', milestone: 'survey', pointOfNoReturn: false }).order;
    expect(deltaOf(progress(order, { id: '1', state: 'inProgress', milestone: { name: 'survey' }, pointOfNoReturn: false }))).toEqual([]);
  });
});
