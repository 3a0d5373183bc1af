import type { DataSource, EntityManager } from 'typeorm';
import { notFound } from '#platform';
import { type Head, readHead } from '../merge/heads.store.js';

/** Reads by several statements as of one instant; nothing can be written in it. */
export function inSnapshot<T>(database: DataSource, read: (tx: EntityManager) => Promise<T>): Promise<T> {
  return database.transaction('REPEATABLE READ', async (tx) => {
    await tx.query('SET TRANSACTION READ ONLY');
    return read(tx);
  });
}

/** The head of an order that has a revision. @throws ProblemError 404 */
export async function mergedHead(tx: EntityManager, orderId: string): Promise<Head> {
  const head = await readHead(tx, orderId);
  if (head !== undefined && head.revision > 0) return head;
  throw notFound(
    head === undefined
      ? `there is no effective order ${orderId}; an order that was just posted takes a moment to be merged`
      : `inputs of order ${orderId} have arrived but not its creation; is order-service running?`,
  );
}
