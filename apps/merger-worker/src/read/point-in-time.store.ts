import type { EntityManager } from 'typeorm';
import { notFound } from '#platform';
import { findEffectiveOrder, type StoredEffectiveOrder } from './effective-orders.store.js';
import { type PointInTime, readRevision } from './point-in-time.js';
import { findRevisionAt } from './revisions.store.js';
import { mergedHead } from './snapshot.store.js';

/** The effective order as it stands. @throws ProblemError 404 */
export async function latestOrder(tx: EntityManager, orderId: string): Promise<StoredEffectiveOrder> {
  const found = await findEffectiveOrder(tx, orderId);
  if (found !== undefined) return found;
  await mergedHead(tx, orderId);
  throw new Error(`order ${orderId} has a head but nothing stands behind it; rebuild it`);
}

/** The revision that a point in time means. @throws ProblemError 400, 404 */
export async function revisionWanted(tx: EntityManager, orderId: string, latest: number, { revision, at }: PointInTime): Promise<number> {
  if (revision !== undefined) return readRevision(revision, 'revision', latest);
  if (at === undefined) return latest;
  const found = await findRevisionAt(tx, orderId, at);
  if (found === 0) throw notFound(`order ${orderId} had no revision yet at ${at}; its first was made later`);
  return found;
}
