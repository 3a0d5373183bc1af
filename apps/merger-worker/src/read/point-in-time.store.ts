import type { EntityManager } from 'typeorm';
import { notFound } from '#platform';
import { findEffectiveOrders, type StoredEffectiveOrder } from './effective-orders.store.js';
import { type PointInTime, parseRevision } from './point-in-time.js';
import { findRevisionAt } from './revisions.store.js';
import { mergedHead } from './snapshot.store.js';

/** What is said of an order that nothing stands of. @throws ProblemError 404, or Error where it should */
export async function nothingStands(tx: EntityManager, orderId: string): Promise<never> {
  await mergedHead(tx, orderId);
  throw new Error(`order ${orderId} has a head but nothing stands behind it; rebuild it`);
}

/** The effective order as it stands. @throws ProblemError 404 */
export async function latestOrder(tx: EntityManager, orderId: string): Promise<StoredEffectiveOrder> {
  const [found] = await findEffectiveOrders(tx, [orderId]);
  return found ?? nothingStands(tx, orderId);
}

/** The revision that a point in time means, there or not; nothing for the latest. @throws ProblemError 400, 404 */
export async function revisionWanted(tx: EntityManager, orderId: string, { revision, at }: PointInTime): Promise<number | undefined> {
  if (revision !== undefined) return parseRevision(revision, 'revision');
  if (at === undefined) return undefined;
  const found = await findRevisionAt(tx, orderId, at);
  if (found > 0) return found;
  await mergedHead(tx, orderId);
  throw notFound(`order ${orderId} had no revision yet at ${at}; its first was made later`);
}
