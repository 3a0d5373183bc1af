import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  closed,
  type ItemState,
  isItemState,
  isOrderState,
  itemMoveAllowed,
  type OrderState,
  orderMoveAllowed,
  rollUp,
} from '#order-model';
import { runs } from './runs.js';

const ITEM: Record<string, string> = {
  acknowledged: 'inProgress rejected pending held cancelled',
  inProgress: 'completed failed held pending cancelled',
  held: 'inProgress failed cancelled',
  pending: 'inProgress cancelled failed',
};
const ORDER: Record<string, string> = {
  acknowledged: 'inProgress rejected pending held assessingCancellation',
  inProgress: 'pending held assessingCancellation pendingCancellation completed failed partial',
  pending: 'inProgress held assessingCancellation cancelled',
  held: 'inProgress assessingCancellation',
  pendingCancellation: 'cancelled',
};
const STATES = 'acknowledged rejected pending held inProgress cancelled completed failed assessingCancellation pendingCancellation'.split(
  ' ',
) as ItemState[];

describe('state machines', () => {
  test.each(STATES)('an item that is %s moves as domain.md says and no other way', (from) => {
    const allowed = STATES.filter((to) => itemMoveAllowed(from, to));
    expect(allowed.sort()).toEqual((ITEM[from] ?? '').split(' ').filter(Boolean).sort());
  });
  test.each(STATES.filter((state) => state !== 'assessingCancellation'))('an order that is %s moves as domain.md says', (from) => {
    const all: OrderState[] = [...STATES, 'partial'];
    expect(all.filter((to) => orderMoveAllowed(from, to)).sort()).toEqual((ORDER[from] ?? '').split(' ').filter(Boolean).sort());
  });
  test('assessment ends in a state that led to it, in pendingCancellation or cancelled', () => {
    const all: OrderState[] = [...STATES, 'partial'];
    expect(all.filter((to) => orderMoveAllowed('assessingCancellation', to)).sort()).toEqual([
      'acknowledged',
      'cancelled',
      'held',
      'inProgress',
      'pending',
      'pendingCancellation',
    ]);
  });
  test('names that are no states are none, prototype names included', () => {
    for (const name of ['constructor', '__proto__', 'toString', '', null, 7, ['held'], { state: 'held' }])
      expect([isItemState(name), isOrderState(name)]).toEqual([false, false]);
    expect([isItemState('partial'), isOrderState('partial')]).toEqual([false, true]);
    expect(itemMoveAllowed('constructor' as ItemState, 'held')).toBe(false);
  });
  test('completed, cancelled, rejected and failed are closed', () => {
    expect([...STATES, 'partial' as const].filter(closed).sort()).toEqual(['cancelled', 'completed', 'failed', 'rejected']);
  });
});

describe('the roll-up of an order from its items', () => {
  const cases: [Partial<Record<ItemState, number>>, OrderState, OrderState][] = [
    [{ acknowledged: 2 }, 'acknowledged', 'acknowledged'],
    [{ acknowledged: 1, inProgress: 1 }, 'acknowledged', 'inProgress'],
    [{ acknowledged: 1, completed: 1 }, 'inProgress', 'inProgress'],
    [{ completed: 2, cancelled: 1 }, 'inProgress', 'completed'],
    [{ completed: 1, failed: 1 }, 'inProgress', 'partial'],
    [{ failed: 1, cancelled: 1 }, 'inProgress', 'failed'],
    [{ rejected: 2 }, 'acknowledged', 'rejected'],
    [{ cancelled: 2 }, 'acknowledged', 'cancelled'],
    [{ cancelled: 2 }, 'inProgress', 'cancelled'],
    [{ held: 1, acknowledged: 1 }, 'acknowledged', 'held'],
    [{ pending: 1, acknowledged: 1 }, 'acknowledged', 'pending'],
    [{ acknowledged: 1 }, 'inProgress', 'inProgress'],
    [{}, 'acknowledged', 'acknowledged'],
    [{ acknowledged: 1 }, 'held', 'inProgress'],
    [{ acknowledged: 1, pending: 1 }, 'held', 'pending'],
    [{ rejected: 1, cancelled: 1 }, 'pending', 'rejected'],
    [{ completed: 1, failed: 1 }, 'partial', 'partial'],
    [{ completed: 1, failed: 1, acknowledged: 1 }, 'partial', 'inProgress'],
    [{ inProgress: 1 }, 'completed', 'completed'],
    [{ pending: 1 }, 'acknowledged', 'pending'],
    [{ held: 1 }, 'acknowledged', 'held'],
    [{ pending: 1, held: 1 }, 'inProgress', 'held'],
    [{ assessingCancellation: 1, completed: 1 }, 'inProgress', 'inProgress'],
    [{ pendingCancellation: 1, completed: 1 }, 'inProgress', 'inProgress'],
    [{ assessingCancellation: 1, pendingCancellation: 1, failed: 1 }, 'inProgress', 'inProgress'],
    [{ failed: 1, acknowledged: 1 }, 'acknowledged', 'inProgress'],
    [{ rejected: 1, acknowledged: 1 }, 'acknowledged', 'acknowledged'],
    [{ failed: 1, rejected: 1 }, 'inProgress', 'failed'],
    [{ completed: 1, rejected: 1 }, 'inProgress', 'partial'],
    [{ cancelled: 1, acknowledged: 1 }, 'acknowledged', 'acknowledged'],
  ];
  test.each(cases)('%j from %s is %s', (counts, current, expected) => {
    expect(rollUp(counts, current)).toBe(expected);
  });
  test('is always a state that the order can come to, and stays when taken again', () => {
    const counts = fc.dictionary(fc.constantFrom(...STATES), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(counts, fc.constantFrom<OrderState>(...STATES, 'partial'), (some, current) => {
        const rolled = rollUp(some, current);
        expect(isOrderState(rolled)).toBe(true);
        if (closed(current)) expect(rolled).toBe(current);
        expect(rollUp(some, rolled)).toBe(rolled);
      }),
      runs(),
    );
  });
});
