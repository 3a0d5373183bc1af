import { describe, expect, test } from '@jest/globals';
import type { JsonObject, Outcome } from '#order-model';
import { anOrder, items, supplement } from './given.js';

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
});
