import type { EntityManager } from 'typeorm';
import type { JsonObject, OrderState, Revision } from '#order-model';
import { SCHEMA } from '../schema.js';

export interface StoredEffectiveOrder {
  readonly revision: number;
  readonly version: number;
  readonly state: OrderState;
  readonly updatedAt: string;
  /** The TMF622 document. */
  readonly order: JsonObject;
}

interface Row {
  readonly revision: number;
  readonly version: number;
  readonly state: OrderState;
  readonly updated_at: Date;
  readonly doc: JsonObject;
  readonly items: JsonObject[] | null;
}

/** The effective order as it stands, read in one statement: one snapshot of head, attributes and items. */
export async function findEffectiveOrder(tx: EntityManager, orderId: string): Promise<StoredEffectiveOrder | undefined> {
  const rows: Row[] = await tx.query(
    `SELECT h.revision, h.version, h.state, h.updated_at, a.doc,
            (SELECT jsonb_agg(i.doc ORDER BY i.position) FROM ${SCHEMA}.effective_item i WHERE i.order_id = h.order_id) AS items
       FROM ${SCHEMA}.effective_order h JOIN ${SCHEMA}.effective_attributes a USING (order_id)
      WHERE h.order_id = $1`,
    [orderId],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { revision, version, state, updated_at, doc, items } = row;
  const order = { ...doc, state, productOrderItem: items ?? [] };
  return { revision, version, state, updatedAt: updated_at.toISOString(), order };
}

/** True where inputs of this order have arrived, even if it has no revision yet. */
export async function isHeardOf(tx: EntityManager, orderId: string): Promise<boolean> {
  const rows: unknown[] = await tx.query(`SELECT 1 FROM ${SCHEMA}.effective_order WHERE order_id = $1`, [orderId]);
  return rows.length > 0;
}

/** Revisions `from` to `to`, ascending, at most `limit`. */
export async function listRevisions(tx: EntityManager, orderId: string, from: number, to: number, limit: number): Promise<Revision[]> {
  const rows: { body: Revision }[] = await tx.query(
    `SELECT body FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision LIMIT $4`,
    [orderId, from, to, limit],
  );
  return rows.map(({ body }) => body);
}

/** When a revision was made, and the base version merged by then. */
export async function findMoment(
  tx: EntityManager,
  orderId: string,
  revision: number,
): Promise<{ at: string; version: number } | undefined> {
  const rows: { at: Date; version: number }[] = await tx.query(
    `SELECT at, version FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision = $2`,
    [orderId, revision],
  );
  return rows[0] === undefined ? undefined : { at: rows[0].at.toISOString(), version: rows[0].version };
}

const CHUNK = 500;

/** Streams revisions `from` to `to` in either direction, a chunk in memory at a time. */
export async function* eachRevision(tx: EntityManager, orderId: string, from: number, to: number): AsyncGenerator<Revision> {
  const down = from > to;
  for (let next = from; down ? next >= to : next <= to; ) {
    const end = down ? Math.max(to, next - CHUNK + 1) : Math.min(to, next + CHUNK - 1);
    const chunk = await listRevisions(tx, orderId, Math.min(next, end), Math.max(next, end), CHUNK);
    yield* down ? chunk.reverse() : chunk;
    next = down ? end - 1 : end + 1;
  }
}
