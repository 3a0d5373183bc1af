import type { EntityManager } from 'typeorm';
import { SCHEMA } from '../schema.js';

/** Ids of orders after one, ascending, at most `limit`. */
export async function orderIdsAfter(tx: EntityManager, orderId: string, limit: number): Promise<string[]> {
  const rows: { order_id: string }[] = await tx.query(
    `SELECT order_id FROM ${SCHEMA}.effective_order WHERE order_id > $1 ORDER BY order_id LIMIT $2`,
    [orderId, limit],
  );
  return rows.map(({ order_id }) => order_id);
}
