import type { EntityManager } from 'typeorm';
import { type ChangedHead, type HeadsPlace, MOST_RESENT, RESENT_BYTES } from '#contracts';
import { SCHEMA } from '../schema.js';

export interface KeptVersion {
  readonly version: number;
  readonly kind: 'order.created' | 'order.amended' | 'order.progressed';
  readonly data: Record<string, unknown>;
}

/** Versions `from` to `to` of an order in order, as many as an answer holds, the first whatever its size. */
export async function versionsToResend(tx: EntityManager, orderId: string, from: number, to: number): Promise<KeptVersion[]> {
  return tx.query(
    `SELECT version, kind, data FROM (
       SELECT version, kind, data, sum(octet_length(data::text)) OVER (ORDER BY version) - octet_length(data::text) AS before
         FROM (SELECT version, kind, data FROM ${SCHEMA}.order_version
                WHERE order_id = $1 AND version BETWEEN $2 AND $3 ORDER BY version LIMIT $4) AS wanted) AS measured
      WHERE before < $5 ORDER BY version`,
    [orderId, from, to, MOST_RESENT, RESENT_BYTES],
  );
}

/** The last version of an order; `undefined` where there is no such order. */
export async function headOf(tx: EntityManager, orderId: string): Promise<number | undefined> {
  const rows: { version: number }[] = await tx.query(`SELECT version FROM ${SCHEMA}.product_order WHERE id = $1`, [orderId]);
  return rows[0]?.version;
}

/** Heads of orders from a place on, the longest unchanged first, at most `limit`. */
export async function headsAfter(tx: EntityManager, { changedAt, orderId }: HeadsPlace, limit: number): Promise<ChangedHead[]> {
  const rows: { id: string; version: number; changed_at: Date }[] = await tx.query(
    `SELECT id, version, changed_at FROM ${SCHEMA}.product_order
      WHERE (changed_at, id) > ($1::timestamptz, $2) ORDER BY changed_at, id LIMIT $3`,
    [changedAt, orderId, limit],
  );
  return rows.map((row) => ({ orderId: row.id, head: row.version, changedAt: row.changed_at.toISOString() }));
}

/** The clock by which heads are noted as changed. */
export async function clock(tx: EntityManager): Promise<string> {
  const rows: { now: Date }[] = await tx.query('SELECT now() AS now');
  return (rows[0]?.now ?? new Date()).toISOString();
}
