import type { EntityManager } from 'typeorm';
import type { ItemState, JsonObject, OrderState } from '#order-model';
import { SCHEMA } from '../schema.js';
import type { BaseOrder, KnownItem } from './base-order.js';
import type { ReportedItem, VersionMade } from './decision.js';

/** What `SELECT_ORDERS` gives of an order. */
export interface OrderRow {
  readonly id: string;
  readonly version: number;
  readonly head_state: OrderState | null;
  readonly document: JsonObject;
}

/** Orders (`o`) with their documents: an order that was never changed has the one that its first version tells of. */
export const SELECT_ORDERS = `SELECT o.id, o.version, o.head_state, coalesce(d.document, first.data->'order') AS document
  FROM ${SCHEMA}.product_order o JOIN ${SCHEMA}.order_version first ON first.order_id = o.id AND first.version = 1
       LEFT JOIN ${SCHEMA}.product_order_document d ON d.order_id = o.id`;

/** Locks these orders in id order (all writers do: no deadlock), and reads them with their known items. */
export async function lockOrders(tx: EntityManager, ids: readonly string[]): Promise<Map<string, BaseOrder>> {
  await tx.query(`SELECT 1 FROM ${SCHEMA}.product_order WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE`, [ids]);
  const rows: OrderRow[] = await tx.query(`${SELECT_ORDERS} WHERE o.id = ANY($1::text[])`, [ids]);
  const known = await knownItems(tx, ids);
  return new Map(
    rows.map(({ id, version, head_state, document }) => [
      id,
      { id, version, document, headState: head_state ?? undefined, known: known.get(id) ?? new Map() },
    ]),
  );
}

interface KnownRow {
  readonly order_id: string;
  readonly item_id: string;
  readonly state: ItemState;
  readonly point_of_no_return: boolean;
  readonly added_by: string | null;
}

/** Per order, the items of which its base document does not tell: those that supplements added or cancelled. */
export async function knownItems(tx: EntityManager, ids: readonly string[]): Promise<Map<string, Map<string, KnownItem>>> {
  const rows: KnownRow[] = await tx.query(
    `SELECT order_id, item_id, state, point_of_no_return, added_by FROM ${SCHEMA}.known_item WHERE order_id = ANY($1::text[])`,
    [ids],
  );
  const known = new Map<string, Map<string, KnownItem>>();
  for (const row of rows) {
    const items = known.get(row.order_id) ?? new Map<string, KnownItem>();
    items.set(row.item_id, { state: row.state, pointOfNoReturn: row.point_of_no_return, addedBy: row.added_by });
    known.set(row.order_id, items);
  }
  return known;
}

export interface NextVersion {
  readonly orderId: string;
  readonly event: VersionMade;
}

/** Stores the versions that a group made, and each order's document and narrow row as the last of them left it. */
export async function storeVersions(tx: EntityManager, versions: readonly NextVersion[], after: readonly BaseOrder[]): Promise<void> {
  if (versions.length === 0) return;
  const rows = versions.map(({ orderId, event }) => ({
    order_id: orderId,
    version: event.data.version,
    kind: event.name,
    data: event.data,
  }));
  await tx.query(
    `INSERT INTO ${SCHEMA}.order_version (order_id, version, kind, data)
     SELECT * FROM json_to_recordset($1::json) AS r(order_id text, version int, kind text, data json)`,
    [JSON.stringify(rows)],
  );
  const orders = after.map(({ id, version, document }) => ({
    id,
    version,
    state: document.state,
    external_id: typeof document.externalId === 'string' ? document.externalId : null,
    document,
  }));
  await tx.query(
    `WITH r AS (SELECT * FROM json_to_recordset($1::json)
         AS r(id text, version int, state text, external_id text, document json)),
       d AS (INSERT INTO ${SCHEMA}.product_order_document (order_id, document) SELECT id, document FROM r
             ON CONFLICT (order_id) DO UPDATE SET document = excluded.document)
     UPDATE ${SCHEMA}.product_order o
        SET version = r.version, state = r.state, external_id = r.external_id, changed_at = date_trunc('minute', now())
       FROM r WHERE o.id = r.id`,
    [JSON.stringify(orders)],
  );
}

/** Keeps what fulfilment reported of items outside the base order until the merger tells of them. */
export async function storeReported(tx: EntityManager, reported: readonly (ReportedItem & { orderId: string })[]): Promise<void> {
  if (reported.length === 0) return;
  const last = new Map(reported.map((item) => [JSON.stringify([item.orderId, item.itemId]), item]));
  const items = [...last.keys()].sort().map((key) => last.get(key) as ReportedItem & { orderId: string });
  await tx.query(
    `INSERT INTO ${SCHEMA}.known_item AS k (order_id, item_id, state, point_of_no_return, revision, reported)
     SELECT order_id, item_id, state, ponr, 0, true
       FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS n(order_id, item_id, state, ponr)
     ON CONFLICT (order_id, item_id) DO UPDATE
       SET state = excluded.state, point_of_no_return = excluded.point_of_no_return, reported = true`,
    [items.map((i) => i.orderId), items.map((i) => i.itemId), items.map((i) => i.state), items.map((i) => i.pointOfNoReturn)],
  );
}

export interface CancelRequest {
  readonly id: string;
  readonly orderId: string;
  readonly version: number;
  readonly at: string;
  readonly request: JsonObject;
}

export async function storeCancelRequests(tx: EntityManager, requests: readonly CancelRequest[]): Promise<void> {
  if (requests.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.cancel_product_order (id, order_id, version, created_at, request)
     SELECT id, "orderId", version, at, request
       FROM jsonb_to_recordset($1::jsonb) AS r(id text, "orderId" text, version int, at timestamptz, request jsonb)`,
    [JSON.stringify(requests)],
  );
}
