import type { EntityManager } from 'typeorm';
import type { Line } from '../merge/input-line.js';
import { SCHEMA } from '../schema.js';
import type { Stand } from './missing.js';

/** An order with inputs that wait. */
export interface GapHead {
  readonly orderId: string;
  /** Since when the longest of them waits. */
  readonly since: Date;
}

/** Orders with a gap after one, ascending, at most `limit`; what has none is not looked at. */
export async function gapsAfter(tx: EntityManager, orderId: string, limit: number): Promise<GapHead[]> {
  const rows: { order_id: string; since: Date | null }[] = await tx.query(
    `SELECT h.order_id, (SELECT min(at) FROM ${SCHEMA}.merge_input i WHERE i.order_id = h.order_id AND i.ordinal IS NULL) AS since
       FROM ${SCHEMA}.effective_order h WHERE h.waiting > 0 AND h.order_id > $1 ORDER BY h.order_id LIMIT $2`,
    [orderId, limit],
  );
  return rows.map((row) => ({ orderId: row.order_id, since: row.since ?? new Date(0) }));
}

/** How far the merger is with these orders; those of which nothing has arrived are left out. */
export async function standsOf(tx: EntityManager, orderIds: readonly string[]): Promise<Map<string, Stand>> {
  const rows: { order_id: string; version: number; sequence: number; waiting: [Line, number][] | null }[] = await tx.query(
    `SELECT h.order_id, h.version, h.sequence,
            CASE WHEN h.waiting > 0 THEN (SELECT json_agg(json_build_array(line, number)) FROM ${SCHEMA}.merge_input i
                                           WHERE i.order_id = h.order_id AND i.ordinal IS NULL) END AS waiting
       FROM ${SCHEMA}.effective_order h WHERE h.order_id = ANY($1::text[])`,
    [orderIds],
  );
  return new Map(
    rows.map(({ order_id, version, sequence, waiting }) => [
      order_id,
      { taken: { version, sequence }, waiting: (waiting ?? []).map(([line, number]) => ({ line, number })) },
    ]),
  );
}
