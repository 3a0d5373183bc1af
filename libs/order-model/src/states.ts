import type { ItemState, Json, OrderState } from './types.js';

/** domain.md, last paragraph: every move an item may make. */
const ITEM_MOVES: Readonly<Record<ItemState, readonly ItemState[]>> = {
  acknowledged: ['inProgress', 'rejected', 'pending', 'held', 'cancelled'],
  inProgress: ['completed', 'failed', 'held', 'pending', 'cancelled'],
  held: ['inProgress', 'failed', 'cancelled'],
  pending: ['inProgress', 'cancelled', 'failed'],
  rejected: [],
  cancelled: [],
  completed: [],
  failed: [],
  assessingCancellation: [],
  pendingCancellation: [],
};

/** domain.md, last paragraph; `assessingCancellation` may go back to any state that leads to it. */
const ORDER_MOVES: Readonly<Record<OrderState, readonly OrderState[]>> = {
  acknowledged: ['inProgress', 'rejected', 'pending', 'held', 'assessingCancellation'],
  inProgress: ['pending', 'held', 'assessingCancellation', 'pendingCancellation', 'completed', 'failed', 'partial'],
  pending: ['inProgress', 'held', 'assessingCancellation', 'cancelled'],
  held: ['inProgress', 'assessingCancellation'],
  assessingCancellation: ['acknowledged', 'inProgress', 'pending', 'held', 'pendingCancellation', 'cancelled'],
  pendingCancellation: ['cancelled'],
  rejected: [],
  cancelled: [],
  completed: [],
  failed: [],
  partial: [],
};

/** Whether a value is a TMF622 ProductOrderItemStateType. */
export function isItemState(value: Json | undefined): value is ItemState {
  return typeof value === 'string' && Object.hasOwn(ITEM_MOVES, value);
}

/** Whether a value is a TMF622 ProductOrderStateType. */
export function isOrderState(value: Json | undefined): value is OrderState {
  return typeof value === 'string' && Object.hasOwn(ORDER_MOVES, value);
}

/** Whether an item may go straight from one state to the other (domain.md); staying is not a move. */
export function itemMoveAllowed(from: ItemState, to: ItemState): boolean {
  return isItemState(from) && ITEM_MOVES[from].includes(to);
}

/** Whether an order may go straight from one state to the other (domain.md); staying is not a move. */
export function orderMoveAllowed(from: OrderState, to: OrderState): boolean {
  return isOrderState(from) && ORDER_MOVES[from].includes(to);
}

/** Whether an order in this state takes no supplement any more. */
export function closed(state: OrderState): boolean {
  return state === 'completed' || state === 'cancelled' || state === 'rejected' || state === 'failed';
}

/**
 * The order's state from how many of its items are in each, incrementally kept: cancelled items count only when there
 * is nothing else. A closed order stays closed; one that was ever more than `acknowledged` is in progress when only
 * acknowledged items are left. Beyond that nothing of the way here counts, so that two supplements that touch
 * different items leave the same state whichever came first.
 */
export function rollUp(counts: Readonly<Partial<Record<ItemState, number>>>, current: OrderState): OrderState {
  if (closed(current)) return current;
  const state = rolledUp((of) => counts[of] ?? 0) ?? current;
  return state === 'acknowledged' && current !== 'acknowledged' ? 'inProgress' : state;
}

function rolledUp(count: (state: ItemState) => number): OrderState | undefined {
  const [completed, failed, rejected] = [count('completed'), count('failed'), count('rejected')];
  const live =
    count('acknowledged') +
    count('pending') +
    count('held') +
    count('inProgress') +
    count('assessingCancellation') +
    count('pendingCancellation');
  const ended = completed + failed + rejected;
  if (live === 0) {
    if (ended === 0) return count('cancelled') > 0 ? 'cancelled' : undefined;
    if (completed === ended) return 'completed';
    if (rejected === ended) return 'rejected';
    return completed > 0 ? 'partial' : 'failed';
  }
  if (count('inProgress') > 0 || completed > 0 || failed > 0) return 'inProgress';
  if (count('held') > 0) return 'held';
  return count('pending') > 0 ? 'pending' : 'acknowledged';
}
