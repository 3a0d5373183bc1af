import { describe, expect, test } from '@jest/globals';
import { type EffectiveOrder, type ItemProgress, type Json, type JsonObject, merge, type Outcome, valueAt } from '#order-model';
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
  test('keeps its heads, and says no more than that', () => {
    const late = merge({ ...empty, sequence: 4 }, { kind: 'orderCreated', id: 'o', by: 'upstream', version: 1, order }, AT);
    expect(late).toMatchObject({ order: { revision: 1, version: 1, sequence: 4, provenance: { '': 1 } }, changedItems: ['1'] });
    const keys = ['orderId', 'revision', 'at', 'cause', 'state', 'delta', 'plan'];
    expect(Object.keys(late.kind === 'revised' ? late.revision : {})).toEqual(keys);
    expect(late.kind === 'revised' ? late.revision.cause : {}).toStrictEqual({ kind: 'orderCreated', id: 'o', version: 1, by: 'upstream' });
    const reported = progress(late.order, { id: '1', state: 'inProgress' });
    expect(Object.keys(reported.kind === 'revised' ? reported.revision : {})).toEqual(keys);
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
  test('of which a move that the states do not have is not applied, of an item or of one nested in it', () => {
    const order = anOrder({ 1: { state: 'inProgress', productOrderItem: [{ id: '1.1', state: 'held' }] } });
    const moved = (path: string, after: Json | undefined) => {
      const outcome = amendment(order, [{ path: `/productOrderItem/1${path}`, ...(after === undefined ? {} : { after }) }]);
      return [notApplied(outcome), deltaOf(outcome).filter((change) => change.path !== '/state').length];
    };
    const refused = (id: string) => [[['state-transition', id]], 0];
    const applied = [[], 1];
    const lost = amendment(order, [{ path: '/productOrderItem/1/state' }]).order;
    expect(lost.counts).toEqual({ acknowledged: 1 });
    expect(moved('/state', 'acknowledged')).toEqual(refused('1'));
    expect(moved('/state', 'completed')).toEqual(applied);
    expect(moved('/productOrderItem/1.1/state', 'completed')).toEqual(refused('1.1'));
    expect(moved('/productOrderItem/1.1/state', 'inProgress')).toEqual(applied);
    // What is no state of an item is an attribute like any other.
    expect(moved('/state', 'elsewhere')).toEqual(applied);
    expect(moved('/state', undefined)).toEqual(applied);
    expect(moved('/product/state', 'acknowledged')).toEqual(applied);
    expect(moved('/productOrderItem/1.1/product/state', 'acknowledged')).toEqual(applied);
    expect(moved('/productOrderItem/1.1/quantity', 'acknowledged')).toEqual(applied);
  });
  test('of which what is below an item that is not there is not applied, and names the outermost that is missing', () => {
    const order = anOrder({ 1: { productOrderItem: [{ id: '1.1' }] } });
    const nested = '/productOrderItem/1/productOrderItem';
    for (const [path, missing] of [
      [`${nested}/1.2/productOrderItem/1.2.1`, '1.2'],
      [`${nested}/1.2/productOrderItem/1.2.1/quantity`, '1.2'],
      [`${nested}/1.1/productOrderItem/1.1.1/quantity`, '1.1.1'],
      ['/productOrderItem/2/productOrderItem/2.1', '2'],
    ] as const) {
      const outcome = amendment(order, [{ path, after: { id: 'x' } }]);
      expect(outcome).toMatchObject({ revision: { delta: [], notApplied: [{ code: 'unknown-item', path, itemId: missing }] } });
    }
    const inner = amendment(order, [{ path: `${nested}/1.1/productOrderItem/1.1.1`, after: { id: '1.1.1', action: 'add' } }]);
    expect(deltaOf(inner).map(({ path }) => path)).toEqual([`${nested}/1.1/productOrderItem/1.1.1`]);
  });
  test('of which nothing is taken of a nested item that was cancelled, but for its notes; nor of one in it', () => {
    const order = anOrder({
      1: { productOrderItem: [{ id: '1.1', state: 'cancelled', productOrderItem: [{ id: '1.1.1' }] }, { id: '1.2' }] },
    });
    const nested = '/productOrderItem/1/productOrderItem';
    const outcome = amendment(order, [
      { path: `${nested}/1.1/quantity`, after: 2 },
      { path: `${nested}/1.1/productOrderItem/1.1.1/quantity`, after: 2 },
      { path: `${nested}/1.1/note/n`, after: { id: 'n' } },
      { path: `${nested}/1.2/quantity`, after: 2 },
      { path: '/productOrderItem/1/quantity', after: 2 },
    ]);
    expect(notApplied(outcome)).toEqual([
      ['item-already-cancelled', '1.1'],
      ['item-already-cancelled', '1.1'],
    ]);
    expect(deltaOf(outcome).map(({ path }) => path)).toEqual([
      `${nested}/1.1/note/n`,
      `${nested}/1.2/quantity`,
      '/productOrderItem/1/quantity',
    ]);
  });
  test('that adds an item has it after those there are, in the state it came with', () => {
    const outcome = amendment(anOrder({ 1: {}, 2: {} }), [
      { path: '/productOrderItem/0', after: { id: '0', action: 'add', state: 'held' } },
    ]);
    expect(outcome.order.items.get('0')).toEqual({
      id: '0',
      position: 2,
      doc: { id: '0', action: 'add', state: 'held' },
      provenance: { '': 2 },
    });
    expect(outcome.order).toMatchObject({ state: 'held', counts: { acknowledged: 2, held: 1 } });
  });
  test('that says what no document can hold changes nothing', () => {
    const order = anOrder({ 1: {} });
    for (const change of [
      { path: '/productOrderItem', after: [] },
      { path: '/productOrderItem/9', after: 'text' },
      { path: '/state', after: 'elsewhere' },
      { path: '/state/x', after: 'held' },
      { path: '', after: { description: 'x' } },
      { path: '/state' },
      { path: '/state', after: 'acknowledged' },
      { path: '/productOrderItem/1/nothing' },
    ]) {
      const outcome = amendment(order, [change]);
      expect([change, deltaOf(outcome), outcome]).toMatchObject([change, [], { changedItems: [] }]);
      expect([change, notApplied(outcome)]).toEqual([change, []]);
      expect(outcome.order.items.get('1')).toBe(order.items.get('1'));
    }
  });
  test('that moves the order is followed by what its items say', () => {
    expect(deltaOf(amendment(anOrder({ 1: {} }), [{ path: '/state', after: 'held' }]))).toEqual([
      { path: '/state', before: 'acknowledged', after: 'held' },
      { path: '/state', before: 'held', after: 'inProgress' },
    ]);
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
  test('that cancels the order leaves the items that are cancelled already or were rejected', () => {
    const inside = { productOrderItem: [{ id: '3.1', state: 'held' }] };
    const order = anOrder({
      1: {},
      2: { state: 'rejected' },
      3: { state: 'cancelled', ...inside },
      4: { productOrderItem: [{ id: '4.1' }] },
    });
    const outcome = amendment(order, [], { cancellation: {} });
    expect(deltaOf(outcome).map(({ path }) => path)).toEqual([
      '/productOrderItem/1/state',
      '/productOrderItem/4/state',
      '/productOrderItem/4/productOrderItem/4.1/state',
      '/state',
    ]);
    expect(notApplied(outcome)).toEqual([]);
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
  test('of a milestone adds to what is known of it, and says nothing where that is the same', () => {
    const order = anOrder({ 1: { milestone: [{ name: 'survey', note: 'x' }] } });
    const milestone = '/productOrderItem/1/milestone';
    const said = (of: Record<string, Json>) => deltaOf(progress(order, { id: '1', milestone: of }));
    expect(said({ name: 'survey', status: 'done' })).toEqual([
      { path: `${milestone}/survey`, before: { name: 'survey', note: 'x' }, after: { name: 'survey', note: 'x', status: 'done' } },
    ]);
    expect(said({ name: 'survey', note: 'x' })).toEqual([]);
    expect(said({ name: 'install' })).toEqual([{ path: `${milestone}/install`, after: { name: 'install' } }]);
  });
  test('of the flag alone sets it, and takes it back', () => {
    const flag = '/productOrderItem/1/pointOfNoReturn';
    const flagged = progress(anOrder({ 1: {} }), { id: '1', pointOfNoReturn: true });
    expect(deltaOf(flagged)).toEqual([{ path: flag, after: true }]);
    expect(deltaOf(progress(flagged.order, { id: '1', pointOfNoReturn: true }))).toEqual([]);
    expect(deltaOf(progress(flagged.order, { id: '1', pointOfNoReturn: false }))).toEqual([{ path: flag, before: true, after: false }]);
    expect(deltaOf(progress(flagged.order, { id: '1' }))).toEqual([]);
    expect(deltaOf(progress(flagged.order, { id: '1', pointOfNoReturn: 'no' as never }))).toEqual([]);
  });
  test('of what is no state is not applied, with what else it says of the item', () => {
    for (const state of ['elsewhere', null, 7]) {
      const outcome = progress(anOrder({ 1: {} }), { id: '1', state: state as never, pointOfNoReturn: true, milestone: 'survey' });
      expect(outcome).toMatchObject({
        revision: { delta: [], notApplied: [{ code: 'state-transition', path: '/productOrderItem/1/state', itemId: '1' }] },
      });
    }
  });
  test('of an id that an item and a nested one have is that of the item', () => {
    const order = anOrder({ 1: { productOrderItem: [{ id: '2' }] }, 2: {} });
    expect(deltaOf(progress(order, { id: '2', state: 'inProgress' })).map(({ path }) => path)).toEqual([
      '/productOrderItem/2/state',
      '/state',
    ]);
  });
  test('of one item twice is taken in its order', () => {
    const outcome = progress(anOrder({ 1: {} }), { id: '1', state: 'inProgress' }, { id: '1', state: 'completed' });
    expect(deltaOf(outcome).map(({ before, after }) => [before, after])).toEqual([
      ['acknowledged', 'inProgress'],
      ['inProgress', 'completed'],
      ['acknowledged', 'completed'],
    ]);
    expect(outcome.order).toMatchObject({ version: 2, sequence: 0, counts: { completed: 1 } });
    expect(outcome).toHaveProperty('revision.cause', { kind: 'progress', id: 'p', version: 2, by: 'fulfilment' });
  });
  test('that says what is known already has an empty delta', () => {
    const order = progress(anOrder({ 1: {} }), { id: '1', state: 'inProgress', milestone: 'survey', pointOfNoReturn: false }).order;
    const again = progress(order, { id: '1', state: 'inProgress', milestone: { name: 'survey' }, pointOfNoReturn: false });
    expect([deltaOf(again), notApplied(again)]).toEqual([[], []]);
  });
});
