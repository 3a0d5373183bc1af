import type { EntityManager } from 'typeorm';
import type { JsonObject, OrderState, Problem } from '#order-model';
import { withCancelled } from '../change/base-order.js';
import { knownItems, type OrderRow, SELECT_ORDERS } from '../change/change.store.js';
import { SCHEMA } from '../schema.js';

/** A base order as read: the document with the effective state of order and items where heard of. */
export interface StoredOrder {
  readonly id: string;
  readonly version: number;
  readonly document: JsonObject;
}

async function shown(tx: EntityManager, rows: readonly OrderRow[]): Promise<StoredOrder[]> {
  const known = await knownItems(
    tx,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id, version, head_state, document }) => {
    const state = head_state ?? (document.state as OrderState);
    return { id, version, document: { ...withCancelled(document, known.get(id) ?? new Map()), state } };
  });
}

export async function findOrder(tx: EntityManager, id: string): Promise<StoredOrder | undefined> {
  const rows: OrderRow[] = await tx.query(`${SELECT_ORDERS} WHERE o.id = $1`, [id]);
  return (await shown(tx, rows))[0];
}

export interface OrderFilter {
  readonly id?: string | undefined;
  readonly externalId?: string | undefined;
  readonly state?: string | undefined;
}

/** Orders, newest first (TMF630 paging), and how many there are in all. */
export async function listOrders(
  tx: EntityManager,
  filter: OrderFilter,
  page: { offset: number; limit: number },
): Promise<{ total: number; orders: StoredOrder[] }> {
  const params: unknown[] = [];
  const where: string[] = [];
  const add = (column: string, value: string | undefined) => {
    if (value !== undefined) where.push(`${column} = $${params.push(value)}`);
  };
  add('o.id', filter.id);
  add('o.external_id', filter.externalId);
  add('coalesce(o.head_state, o.state)', filter.state);
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
  const count: { n: string }[] = await tx.query(`SELECT count(*) AS n FROM ${SCHEMA}.product_order o ${condition}`, params);
  const rows: OrderRow[] = await tx.query(
    `${SELECT_ORDERS} ${condition} ORDER BY o.created_at DESC, o.id DESC
      OFFSET $${params.length + 1} LIMIT $${params.length + 2}`,
    [...params, page.offset, page.limit],
  );
  return { total: Number(count[0]?.n ?? 0), orders: await shown(tx, rows) };
}

export interface StoredVersion {
  readonly version: number;
  readonly kind: 'order.created' | 'order.amended' | 'order.progressed';
  readonly data: Record<string, unknown>;
  /** Revision of the effective order that this version made, once merged. */
  readonly revision: number | null;
  readonly not_applied: readonly Problem[] | null;
}

/** Versions `from` to `to` of one order, at most `limit`. */
export async function versionsOf(tx: EntityManager, orderId: string, from: number, to: number, limit: number): Promise<StoredVersion[]> {
  return tx.query(
    `SELECT version, kind, data, revision, not_applied FROM ${SCHEMA}.order_version
      WHERE order_id = $1 AND version BETWEEN $2 AND $3 ORDER BY version LIMIT $4`,
    [orderId, from, to, limit],
  );
}

export interface StoredCancellation {
  readonly id: string;
  readonly order_id: string;
  readonly request: JsonObject;
  readonly created_at: Date;
  readonly revision: number | null;
  readonly not_applied: readonly Problem[] | null;
}

const CANCELLATIONS = `SELECT c.id, c.order_id, c.request, c.created_at, v.revision, v.not_applied
  FROM ${SCHEMA}.cancel_product_order c JOIN ${SCHEMA}.order_version v USING (order_id, version)`;

export async function findCancellation(tx: EntityManager, id: string): Promise<StoredCancellation | undefined> {
  const rows: StoredCancellation[] = await tx.query(`${CANCELLATIONS} WHERE c.id = $1`, [id]);
  return rows[0];
}

export async function cancellationOfVersion(tx: EntityManager, orderId: string, version: number): Promise<StoredCancellation | undefined> {
  const rows: StoredCancellation[] = await tx.query(`${CANCELLATIONS} WHERE c.order_id = $1 AND c.version = $2`, [orderId, version]);
  return rows[0];
}

/** Cancellations, newest first, and how many there are in all. */
export async function listCancellations(
  tx: EntityManager,
  page: { offset: number; limit: number },
): Promise<{ total: number; cancellations: StoredCancellation[] }> {
  const count: { n: string }[] = await tx.query(`SELECT count(*) AS n FROM ${SCHEMA}.cancel_product_order`);
  const cancellations: StoredCancellation[] = await tx.query(`${CANCELLATIONS} ORDER BY c.created_at DESC, c.id DESC OFFSET $1 LIMIT $2`, [
    page.offset,
    page.limit,
  ]);
  return { total: Number(count[0]?.n ?? 0), cancellations };
}
