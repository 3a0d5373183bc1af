import type { EntityManager } from 'typeorm';
import type { SupplementAccepted } from '#contracts';
import type { ItemState, OrderState, Problem } from '#order-model';
import { SCHEMA } from '../schema.js';
import type { Earlier, KnownItem } from './submission.js';

export interface LineRow {
  readonly lastSequence: number;
  readonly state: OrderState | undefined;
}

/** Makes sure that these orders have a line: they exist, as order-service says, or may exist. */
export async function openLines(tx: EntityManager, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await tx.query(`INSERT INTO ${SCHEMA}.order_line (order_id) SELECT unnest($1::text[]) AS id ORDER BY id ON CONFLICT DO NOTHING`, [
    orderIds,
  ]);
}

/** Locks the orders' lines in id order (all writers do: no deadlock), and reads them. */
export async function lockLines(tx: EntityManager, orderIds: readonly string[]): Promise<Map<string, LineRow>> {
  const rows: { order_id: string; last_sequence: number; state: OrderState | null }[] = await tx.query(
    `SELECT order_id, last_sequence, state FROM ${SCHEMA}.order_line
      WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE`,
    [orderIds],
  );
  return new Map(rows.map((row) => [row.order_id, { lastSequence: row.last_sequence, state: row.state ?? undefined }]));
}

interface EarlierRow {
  readonly id: string;
  readonly order_id: string;
  readonly hash: string;
}
const earlier = (row: EarlierRow): Earlier => ({ id: row.id, orderId: row.order_id, hash: row.hash });

export async function findByIds(tx: EntityManager, ids: readonly string[]): Promise<Map<string, Earlier>> {
  if (ids.length === 0) return new Map();
  const rows: EarlierRow[] = await tx.query(
    `SELECT id, order_id, request_hash AS hash FROM ${SCHEMA}.supplement WHERE id = ANY($1::text[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, earlier(row)]));
}

/** One caller's number on one order, as a key of a map. */
export function externalKey(orderId: string, by: string, externalId: string): string {
  return JSON.stringify([orderId, by, externalId]);
}

export async function findByExternalIds(
  tx: EntityManager,
  wanted: readonly { orderId: string; by: string; externalId: string }[],
): Promise<Map<string, Earlier>> {
  if (wanted.length === 0) return new Map();
  const rows: (EarlierRow & { by: string; external_id: string })[] = await tx.query(
    `SELECT s.id, s.order_id, s.by, s.external_id, s.request_hash AS hash
       FROM unnest($1::text[], $2::text[], $3::text[]) AS w(order_id, by, external_id)
       JOIN ${SCHEMA}.supplement s USING (order_id, by, external_id)`,
    [wanted.map((w) => w.orderId), wanted.map((w) => w.by), wanted.map((w) => w.externalId)],
  );
  return new Map(rows.map((row) => [externalKey(row.order_id, row.by, row.external_id), earlier(row)]));
}

/** The items named by a group, as last heard of: order id → item id → facts. */
export async function findItems(
  tx: EntityManager,
  wanted: readonly { orderId: string; itemId: string }[],
): Promise<Map<string, Map<string, KnownItem>>> {
  const found = new Map<string, Map<string, KnownItem>>();
  if (wanted.length === 0) return found;
  const rows: { order_id: string; item_id: string; state: ItemState; point_of_no_return: boolean }[] = await tx.query(
    `SELECT k.order_id, k.item_id, k.state, k.point_of_no_return
       FROM unnest($1::text[], $2::text[]) AS w(order_id, item_id)
       JOIN ${SCHEMA}.known_item k USING (order_id, item_id)`,
    [wanted.map((w) => w.orderId), wanted.map((w) => w.itemId)],
  );
  for (const row of rows) {
    const items = found.get(row.order_id) ?? new Map<string, KnownItem>();
    items.set(row.item_id, { state: row.state, pointOfNoReturn: row.point_of_no_return });
    found.set(row.order_id, items);
  }
  return found;
}

/** Stores accepted supplements and moves their orders' lines on. One JSON parameter: 64,000 rows/s against unnest's 48,000. */
export async function insertSupplements(
  tx: EntityManager,
  supplements: readonly { supplement: SupplementAccepted; hash: string }[],
): Promise<void> {
  if (supplements.length === 0) return;
  const rows = supplements.map(({ supplement, hash }) => {
    const { id, orderId, sequence, submittedAt, by, ...request } = supplement;
    return {
      id,
      order_id: orderId,
      sequence,
      by,
      hash,
      submitted_at: submittedAt,
      category: request.category,
      external_id: request.externalId ?? null,
      request,
    };
  });
  await tx.query(
    `INSERT INTO ${SCHEMA}.supplement
       (id, order_id, sequence, state, external_id, category, by, submitted_at, request_hash, request)
     SELECT id, order_id, sequence, 'accepted', external_id, category, by, submitted_at, hash, request
       FROM jsonb_to_recordset($1::jsonb) AS r(id text, order_id text, sequence int, external_id text, category text,
         by text, submitted_at timestamptz, hash text, request jsonb)`,
    [JSON.stringify(rows)],
  );
  const last = new Map(supplements.map(({ supplement }) => [supplement.orderId, supplement.sequence]));
  await tx.query(
    `UPDATE ${SCHEMA}.order_line l SET last_sequence = n.sequence
       FROM unnest($1::text[], $2::int[]) AS n(order_id, sequence) WHERE l.order_id = n.order_id`,
    [[...last.keys()], [...last.values()]],
  );
}

export interface RefusalLine {
  readonly at: string;
  readonly by: string;
  readonly orderId: string;
  readonly problems: readonly Problem[];
}

/** The audit line of a supplement that was refused at the door. */
export async function insertRefusals(tx: EntityManager, refusals: readonly RefusalLine[]): Promise<void> {
  if (refusals.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.audit (at, by, action, order_id, detail)
     SELECT at, by, 'supplement.refused', order_id, detail
       FROM jsonb_to_recordset($1::jsonb) AS r(at timestamptz, by text, order_id text, detail jsonb)`,
    [JSON.stringify(refusals.map(({ at, by, orderId, problems }) => ({ at, by, order_id: orderId, detail: { problems } })))],
  );
}
