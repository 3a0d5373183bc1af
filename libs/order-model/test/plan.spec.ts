import { describe, expect, test } from '@jest/globals';
import { type JsonObject, merge, type Outcome } from '#order-model';
import { AT } from './arbitraries.js';
import { amendment, anOrder, items, supplement } from './given.js';

const on = (...ids: string[]): JsonObject => ({ productOrderItemRelationship: ids.map((id) => ({ id, relationshipType: 'reliesOn' })) });
const plan = (outcome: Outcome): string[] =>
  outcome.kind === 'revised'
    ? outcome.revision.plan.map(({ itemId, action, compensation }) => `${itemId} ${action} ${compensation}`)
    : [outcome.kind];
const started: JsonObject = { state: 'inProgress' };

describe('what fulfilment is to do about a revision', () => {
  test('do: an item added, or changed or cancelled before work on it began', () => {
    const order = anOrder({ 1: {}, 2: {} });
    expect(plan(supplement(order, items({ id: '1', quantity: 2 }, { id: '2', intent: 'cancel' }, { id: '3', intent: 'add' })))).toEqual([
      '1 change do',
      '2 cancel do',
      '3 add do',
    ]);
  });
  test('redo: an item changed that is in progress; undo: one cancelled that is in progress', () => {
    expect(plan(supplement(anOrder({ 1: started, 2: started }), items({ id: '1', quantity: 2 }, { id: '2', intent: 'cancel' })))).toEqual([
      '2 cancel undo',
      '1 change redo',
    ]);
  });
  test('none: contacts and notes', () => {
    expect(plan(supplement(anOrder({ 1: started }), items({ id: '1', note: [{ id: 'n', text: 'x' }] })))).toEqual(['1 change none']);
  });
  test('nothing for an item that is not touched, nor for the order itself', () => {
    expect(plan(supplement(anOrder({ 1: started }), { description: 'x' }))).toEqual([]);
  });
  test('what relies on a redone item follows it where work on it began, along the chain', () => {
    const order = anOrder({ 3: { ...started, ...on('2') }, 2: { ...started, ...on('1') }, 1: started, 4: on('1') });
    expect(plan(supplement(order, items({ id: '1', quantity: 2 })))).toEqual(['1 change redo', '2 change redo', '3 change redo']);
  });
  test('undo goes in reverse order of reliance', () => {
    const order = anOrder({ 1: started, 2: { ...started, ...on('1') }, 3: { ...started, ...on('2') }, 4: {} });
    const all = items({ id: '2', intent: 'cancel' }, { id: '1', intent: 'cancel' }, { id: '3', intent: 'cancel' });
    expect(plan(supplement(order, all))).toEqual(['3 cancel undo', '2 cancel undo', '1 cancel undo']);
  });
  test('a circle of reliance ends', () => {
    const order = anOrder({ 1: { ...started, ...on('2') }, 2: { ...started, ...on('1') } });
    expect(plan(supplement(order, items({ id: '1', quantity: 2 })))).toEqual(['2 change redo', '1 change redo']);
  });
  test('names the paths', () => {
    const outcome = supplement(anOrder({ 1: {} }), items({ id: '1', quantity: 2 }));
    expect(outcome).toMatchObject({ revision: { plan: [{ paths: ['/productOrderItem/1/quantity'] }] } });
  });

  test.each<[string, string]>([
    ['acknowledged', 'do'],
    ['rejected', 'do'],
    ['pending', 'redo'],
    ['held', 'redo'],
    ['inProgress', 'redo'],
    ['completed', 'redo'],
    ['failed', 'redo'],
  ])('an item that is %s and changed is one to %s', (state, compensation) => {
    const outcome = supplement(anOrder({ 1: { state }, 2: {} }), items({ id: '1', quantity: 2 }), {}, { alwaysOpen: [], rules: [] });
    expect(plan(outcome)).toEqual([`1 change ${compensation}`]);
  });
  test('none: a note on an item that was cancelled long ago, a contact of a nested one; not where anything else changes with it', () => {
    const order = anOrder({ 1: { state: 'cancelled' }, 2: { ...started, productOrderItem: [{ id: '2.1' }] } });
    const note = { note: [{ id: 'n', text: 'x' }] };
    expect(plan(supplement(order, items({ id: '1', ...note })))).toEqual(['1 change none']);
    const contact = items({ id: '2', productOrderItem: [{ id: '2.1', relatedParty: [{ id: 'c', role: 'contact' }] }] });
    expect(plan(supplement(order, contact))).toEqual(['2 change none']);
    expect(plan(supplement(order, items({ id: '2', quantity: 2, ...note })))).toEqual(['2 change redo']);
  });
  test('what relies on one that the base cancelled is done again, after the undo; not where work on it never began, or it is cancelled too', () => {
    const order = anOrder({ 1: { ...started, ...on('4') }, 2: on('4'), 3: { state: 'cancelled', ...on('4') }, 4: started, 5: started });
    const cancelled = amendment(order, [{ path: '/productOrderItem/4/state', before: 'inProgress', after: 'cancelled' }]);
    expect(plan(cancelled)).toEqual(['4 cancel undo', '1 change redo']);
    expect(cancelled).toMatchObject({ revision: { plan: [{ paths: ['/productOrderItem/4/state'] }, { paths: [] }] } });
  });
  test('what relies on a redone one and was only given a note is done again too, and keeps its paths', () => {
    const order = anOrder({ 1: started, 2: { ...started, ...on('1') } });
    const outcome = supplement(order, items({ id: '2', note: [{ id: 'n', text: 'x' }] }, { id: '1', quantity: 2 }));
    expect(plan(outcome)).toEqual(['1 change redo', '2 change redo']);
    expect(outcome).toMatchObject({ revision: { plan: [{}, { paths: ['/productOrderItem/2/note/n'] }] } });
  });
  test('what relies on one that is only to be done, or was only given a note, stays as it is', () => {
    const order = anOrder({ 1: {}, 2: { ...started, ...on('1', '3') }, 3: started });
    expect(plan(supplement(order, items({ id: '1', quantity: 2 })))).toEqual(['1 change do']);
    expect(plan(supplement(order, items({ id: '3', note: [{ id: 'n', text: 'x' }] })))).toEqual(['3 change none']);
  });
  test('one that is cancelled follows nothing, though an item in it still would', () => {
    const order = anOrder({ 1: started, 2: { state: 'cancelled', productOrderItem: [{ id: '2.1', ...started, ...on('1') }] } });
    expect(plan(supplement(order, items({ id: '1', quantity: 2 })))).toEqual(['1 change redo']);
  });
  test('each comes after what it relies on, otherwise in the order of the items', () => {
    const order = anOrder({ 1: on('3'), 2: {}, 3: {} });
    const all = items({ id: '3', quantity: 2 }, { id: '2', quantity: 2 }, { id: '1', quantity: 2 }, { id: '4', intent: 'add' });
    expect(plan(supplement(order, all))).toEqual(['3 change do', '1 change do', '2 change do', '4 add do']);
  });
  test('nothing of what fulfilment itself reported; all of a new order', () => {
    const reported = { kind: 'progress', id: 'p', by: 'x', version: 2, items: [{ id: '1', state: 'inProgress' }] } as const;
    expect(plan(merge(anOrder({ 1: {} }), reported, AT))).toEqual([]);
    const order = {
      productOrderItem: [
        { id: '2', action: 'add', ...on('1') },
        { id: '1', action: 'add', state: 'inProgress' },
      ],
    };
    const empty = { ...anOrder({}), revision: 0, version: 0 };
    const created = merge(empty, { kind: 'orderCreated', id: 'o', by: 'x', version: 1, order }, AT);
    expect(plan(created)).toEqual(['1 add do', '2 add do']);
    expect(created.kind === 'revised' ? created.revision.plan.map(({ paths }) => paths) : []).toStrictEqual([[], []]);
  });
});
