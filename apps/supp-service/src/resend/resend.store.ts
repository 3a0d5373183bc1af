import type { EntityManager } from 'typeorm';
import { type ChangedHead, type HeadsPlace, MOST_RESENT, RESENT_BYTES, type SupplementAccepted } from '#contracts';
import { SCHEMA } from '../schema.js';

/** An entry in an order's line, by the supplement that has it or had it. */
export interface KeptEntry {
  readonly sequence: number;
  readonly supplementId: string;
  /** Null: the supplement has it still. */
  readonly superseded: SupplementAccepted | null;
}

/** Entries `from` to `to` of an order's line in order, as many as an answer holds, the first whatever its size. */
export async function entriesToResend(tx: EntityManager, orderId: string, from: number, to: number): Promise<KeptEntry[]> {
  return tx.query(
    `SELECT sequence, id AS "supplementId", entry AS superseded FROM (
       SELECT sequence, id, entry, sum(size) OVER (ORDER BY sequence) - size AS before FROM (
         SELECT sequence, id, NULL::json AS entry, octet_length(request::text) AS size
           FROM ${SCHEMA}.supplement WHERE order_id = $1 AND sequence BETWEEN $2 AND $3
         UNION ALL
         SELECT sequence, supplement_id, entry, octet_length(entry::text)
           FROM ${SCHEMA}.superseded_entry WHERE order_id = $1 AND sequence BETWEEN $2 AND $3
         ORDER BY sequence LIMIT $4) AS wanted) AS measured
      WHERE before < $5 ORDER BY sequence`,
    [orderId, from, to, MOST_RESENT, RESENT_BYTES],
  );
}

/** The last sequence given of an order's line; `undefined` where there is no such line. */
export async function headOf(tx: EntityManager, orderId: string): Promise<number | undefined> {
  const rows: { last_sequence: number }[] = await tx.query(`SELECT last_sequence FROM ${SCHEMA}.order_line WHERE order_id = $1`, [orderId]);
  return rows[0]?.last_sequence;
}

/** Heads of lines that have entries, from a place on, the longest unchanged first, at most `limit`. */
export async function headsAfter(tx: EntityManager, { changedAt, orderId }: HeadsPlace, limit: number): Promise<ChangedHead[]> {
  const rows: { order_id: string; last_sequence: number; changed_at: Date }[] = await tx.query(
    `SELECT order_id, last_sequence, changed_at FROM ${SCHEMA}.order_line
      WHERE changed_at IS NOT NULL AND (changed_at, order_id) > ($1::timestamptz, $2) ORDER BY changed_at, order_id LIMIT $3`,
    [changedAt, orderId, limit],
  );
  return rows.map((row) => ({ orderId: row.order_id, head: row.last_sequence, changedAt: row.changed_at.toISOString() }));
}

/** The clock by which heads are noted as changed. */
export async function clock(tx: EntityManager): Promise<string> {
  const rows: { now: Date }[] = await tx.query('SELECT now() AS now');
  return (rows[0]?.now ?? new Date()).toISOString();
}
