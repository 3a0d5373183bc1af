/** Events that the merger reads in batches, and that wait for it there: a message for each order was a sixth of what an order costs at its door. */
export const BATCHED_EVENTS: readonly string[] = ['order.created', 'order.amended', 'order.progressed', 'supplement.accepted'];

/**
 * Events that are told to whoever listens, and that no service of ours needs so: one that finds no subscriber is not kept
 * waiting for one; those of merger-worker are in its feed. Any other that finds none stays in its outbox, and what comes
 * after it of the same order too.
 */
export const UNHEARD_EVENTS: readonly string[] = [
  // Alone: the merger has them in batches.
  ...BATCHED_EVENTS,
  'supplement.submitted',
  'supplement.declined',
  'supplement.expired',
  'supplement.withdrawn',
  'effective-order.revised',
  'supplement.merged',
  'supplement.held',
  'supplement.rejected',
  'effective-order.acknowledged',
];
