import type { EntityManager } from 'typeorm';
import type { JsonObject } from '#order-model';
import { SCHEMA } from '../schema.js';

/** What an operator had done. */
export interface AuditLine {
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly by: string;
  /** `effective-order.<what was done>`, `effective-orders.…` where it was done to all. */
  readonly action: string;
  readonly orderId?: string;
  /** What came of it. */
  readonly detail: Readonly<Record<string, unknown>>;
}
export interface AuditView extends AuditLine {
  readonly id: string;
}

/** Writes an audit line; it is never changed again. */
export async function insertAudit(tx: EntityManager, { at, by, action, orderId, detail }: AuditLine): Promise<void> {
  await tx.query(`INSERT INTO ${SCHEMA}.audit (at, by, action, order_id, detail) VALUES ($1, $2, $3, $4, $5::jsonb)`, [
    at,
    by,
    action,
    orderId ?? null,
    JSON.stringify(detail),
  ]);
}

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly action: string;
  readonly order_id: string | null;
  readonly detail: JsonObject;
}

/** Audit lines, newest first, before the line with the id `before` (0: from the newest), at most `limit`. */
export async function listAudit(tx: EntityManager, orderId: string | undefined, before: number, limit: number): Promise<AuditView[]> {
  const rows: Row[] = await tx.query(
    `SELECT id, at, by, action, order_id, detail FROM ${SCHEMA}.audit
      WHERE ($2 = 0 OR id < $2) ${orderId === undefined ? '' : 'AND order_id = $3'} ORDER BY id DESC LIMIT $1`,
    [limit, before, ...(orderId === undefined ? [] : [orderId])],
  );
  return rows.map(({ id, at, by, action, order_id, detail }) => ({
    id,
    at: at.toISOString(),
    by,
    action,
    ...(order_id === null ? {} : { orderId: order_id }),
    detail,
  }));
}
