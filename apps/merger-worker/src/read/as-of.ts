import type { EntityManager } from 'typeorm';
import { applyChanges, type FoundProvenance, findProvenance, invert, type JsonObject, type Provenance } from '#order-model';
import { findWaysBack, type RevisionOfOrder, type WayBack } from './checkpoints.store.js';
import { assertReached } from './point-in-time.js';
import { latestOrder } from './point-in-time.store.js';
import { deltasBack, revisionsBack } from './revisions.store.js';
import { mergedHead } from './snapshot.store.js';

export interface PastOrder {
  readonly revision: number;
  readonly order: JsonObject;
  /** When the revision was made, RFC 3339 UTC. */
  readonly at: string;
  readonly version: number;
}

/**
 * The order as of a revision. Nothing that this reads is ever written again, so it needs no snapshot.
 * @throws ProblemError 404
 */
export async function asOf(tx: EntityManager, wanted: RevisionOfOrder): Promise<PastOrder> {
  const [way] = await findWaysBack(tx, [wanted]);
  return goBack(tx, wanted, way);
}

/**
 * Goes back to a revision by inverted deltas: from the checkpoint at or after it, else from the latest.
 * @throws ProblemError 404
 */
export async function goBack(tx: EntityManager, { orderId, revision }: RevisionOfOrder, way: WayBack | undefined): Promise<PastOrder> {
  if (way === undefined) await mergedHead(tx, orderId);
  else assertReached(revision, way.latest);
  if (way?.moment === undefined) throw new Error(`revision ${revision} of order ${orderId} is not stored`);
  const from = way.checkpoint ?? (await latestOrder(tx, orderId));
  let order = JSON.parse(from.order) as JsonObject;
  if (way.deltas !== undefined) order = applyChanges(order, way.deltas.flatMap(invert));
  else {
    // All changes of a chunk through one edit: each container is copied once, not once a revision.
    for await (const deltas of deltasBack(tx, orderId, from.revision, revision + 1)) order = applyChanges(order, deltas.flatMap(invert));
  }
  return { revision, order, ...way.moment };
}

/** The provenance of every path as of a revision, from the deltas that led to it. */
export async function provenanceAsOf(tx: EntityManager, orderId: string, revision: number): Promise<Provenance> {
  const found: FoundProvenance = new Map();
  for await (const one of revisionsBack(tx, orderId, revision, 1)) findProvenance(found, one);
  return Object.fromEntries(found);
}
