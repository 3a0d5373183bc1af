import type { EntityManager } from 'typeorm';
import { applyChanges, type FoundProvenance, findProvenance, invert, type JsonObject, type Provenance } from '#order-model';
import { findNextCheckpoint } from './checkpoints.store.js';
import { assertReached } from './point-in-time.js';
import { latestOrder } from './point-in-time.store.js';
import { eachDeltas, eachRevision } from './revisions.store.js';
import { mergedHead } from './snapshot.store.js';

export interface PastOrder {
  readonly revision: number;
  readonly order: JsonObject;
  /** When the revision was made, RFC 3339 UTC. */
  readonly at: string;
  readonly version: number;
}

/**
 * The order as of a revision: from the checkpoint at or after it, else from the latest, back by inverted deltas. Nothing
 * of that is ever written again, so it needs no snapshot. @throws ProblemError 404
 */
export async function asOf(tx: EntityManager, orderId: string, revision: number): Promise<PastOrder> {
  const found = await findNextCheckpoint(tx, orderId, revision);
  if (found === undefined) await mergedHead(tx, orderId);
  else assertReached(revision, found.revision);
  if (found?.moment === undefined) throw new Error(`revision ${revision} of order ${orderId} is not stored`);
  const from = found.checkpoint ?? (await latestOrder(tx, orderId));
  let order = JSON.parse(from.order) as JsonObject;
  if (from.revision > revision) {
    // All changes of a chunk through one edit: each container is copied once, not once a revision.
    for await (const deltas of eachDeltas(tx, orderId, from.revision, revision + 1)) order = applyChanges(order, deltas.flatMap(invert));
  }
  return { revision, order, ...found.moment };
}

/** The provenance of every path as of a revision, from the deltas that led to it. */
export async function provenanceAsOf(tx: EntityManager, orderId: string, revision: number): Promise<Provenance> {
  const found: FoundProvenance = new Map();
  for await (const one of eachRevision(tx, orderId, revision, 1)) findProvenance(found, one);
  return Object.fromEntries(found);
}
