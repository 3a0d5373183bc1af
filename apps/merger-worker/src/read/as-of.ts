import type { EntityManager } from 'typeorm';
import { applyChanges, type Change, type FoundProvenance, findProvenance, invert, type JsonObject, type Provenance } from '#order-model';
import type { StoredEffectiveOrder } from './effective-orders.store.js';
import { eachDeltas, eachRevision, findMoment } from './revisions.store.js';

export interface PastOrder {
  readonly order: JsonObject;
  readonly at: string;
  readonly version: number;
}

/**
 * The order as of an earlier revision, from whichever end is nearer: back from the latest by inverted deltas, or
 * forward from nothing.
 */
export async function asOf(tx: EntityManager, orderId: string, latest: StoredEffectiveOrder, revision: number): Promise<PastOrder> {
  const { order: now, updatedAt: at, version } = latest;
  if (revision === latest.revision) return { order: now, at, version };
  const back = latest.revision - revision <= revision;
  const range = back ? ([latest.revision, revision + 1] as const) : ([1, revision] as const);
  const step = back ? invert : (delta: readonly Change[]) => delta;
  let order: JsonObject = back ? now : {};
  // All changes of a chunk through one edit: each container is copied once, not once a revision.
  for await (const deltas of eachDeltas(tx, orderId, ...range)) order = applyChanges(order, deltas.flatMap(step));
  const moment = await findMoment(tx, orderId, revision);
  if (moment === undefined) throw new Error(`revision ${revision} of order ${orderId} is not stored`);
  return { order, ...moment };
}

/** The provenance of every path as of a revision, from the deltas that led to it. */
export async function provenanceAsOf(tx: EntityManager, orderId: string, revision: number): Promise<Provenance> {
  const found: FoundProvenance = new Map();
  for await (const one of eachRevision(tx, orderId, revision, 1)) findProvenance(found, one);
  return Object.fromEntries(found);
}
