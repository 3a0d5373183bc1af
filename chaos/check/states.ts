/** Moves of an item (domain.md, last paragraph), written down a second time so that the checker owes nothing to the order model. */
const MOVES: Readonly<Record<string, readonly string[]>> = {
  acknowledged: ['inProgress', 'rejected', 'pending', 'held', 'cancelled'],
  inProgress: ['completed', 'failed', 'held', 'pending', 'cancelled'],
  held: ['inProgress', 'failed', 'cancelled'],
  pending: ['inProgress', 'cancelled', 'failed'],
};

/** States in which an order takes no change any more. */
export const ENDED: ReadonlySet<string> = new Set(['completed', 'cancelled', 'rejected', 'failed']);

export function mayMove(from: string, to: string): boolean {
  return MOVES[from]?.includes(to) === true;
}

/** The order's state from those of its items. @param current its state so far */
export function rolledUp(items: readonly string[], current: string): string {
  const live = items.filter((state) => state !== 'cancelled');
  if (live.length === 0) return items.length > 0 ? 'cancelled' : current;
  const all = (...states: string[]): boolean => live.every((state) => states.includes(state));
  const any = (...states: string[]): boolean => live.some((state) => states.includes(state));
  if (all('completed')) return 'completed';
  if (all('rejected')) return 'rejected';
  if (all('completed', 'failed', 'rejected')) return any('completed') ? 'partial' : 'failed';
  if (any('inProgress', 'completed', 'failed')) return 'inProgress';
  if (any('held')) return 'held';
  if (any('pending')) return 'pending';
  return current === 'acknowledged' ? 'acknowledged' : 'inProgress';
}
