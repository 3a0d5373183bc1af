import { type EffectiveOrder, itemCount, type JsonObject, toDocument } from '#order-model';
import type { MergedInput } from './merge-line.js';

/** Fewest revisions between two checkpoints. */
const FEWEST = 16;

/**
 * Revisions from one checkpoint to the next: never fewer than half of what the order has items. So keeping them costs a
 * merge two items more at most, however many there are, and reading back from one never more deltas than there are items, or 16.
 * A power of two, so that it seldom changes while an order grows.
 */
export function checkpointInterval(order: EffectiveOrder): number {
  return Math.max(FEWEST, 2 ** Math.ceil(Math.log2(Math.max(1, itemCount(order) / 2))));
}

/** Whether so many inputs may bring an order past a checkpoint, for which all of it must be loaded. */
export function reachesCheckpoint(order: EffectiveOrder, inputs: number): boolean {
  const interval = checkpointInterval(order);
  return Math.floor((order.revision + inputs) / interval) > Math.floor(order.revision / interval);
}

/** A whole document as of a revision. */
export interface Checkpoint {
  readonly orderId: string;
  readonly revision: number;
  readonly doc: JsonObject;
}

/** The documents to keep of a line of merges. Where not every item is loaded, none is: the next one is as good. */
export function checkpointsOf(steps: readonly MergedInput[]): Checkpoint[] {
  return steps.flatMap(({ outcome }) => {
    if (outcome.kind !== 'revised') return [];
    const { order } = outcome;
    if (order.revision % checkpointInterval(order) !== 0 || order.items.size !== itemCount(order)) return [];
    return [{ orderId: order.orderId, revision: order.revision, doc: toDocument(order) }];
  });
}
