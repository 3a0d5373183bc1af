import type { EntityManager } from 'typeorm';
import { anyLength, booleanArray, intArray, type JsonText, jsonArray, type Statement, textArray, timestampArray } from '#messaging';
import { closingStates, type ItemState, type JsonObject, type PointOfNoReturn } from '#order-model';
import { SCHEMA } from '../schema.js';
import { dueOf, type Supplement } from '../supplement.js';
import { type Earlier, type KnownItem, wantedItems } from './submission.js';

interface EarlierRow {
  readonly id: string;
  readonly order_id: string;
  readonly hash: string;
}
const earlier = (row: EarlierRow): Earlier => ({ id: row.id, orderId: row.order_id, hash: row.hash });

export async function findByIds(tx: EntityManager, ids: readonly string[]): Promise<Map<string, Earlier>> {
  if (ids.length === 0) return new Map();
  const rows: EarlierRow[] = await tx.query(
    `SELECT id, order_id, request_hash AS hash FROM ${SCHEMA}.supplement WHERE id = ANY(${anyLength('$1')})`,
    [textArray(ids)],
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
       FROM unnest(${anyLength('$1')}, $2::text[], $3::text[]) AS w(order_id, by, external_id)
       JOIN ${SCHEMA}.supplement s USING (order_id, by, external_id)`,
    [textArray(wanted.map((w) => w.orderId)), textArray(wanted.map((w) => w.by)), textArray(wanted.map((w) => w.externalId))],
  );
  return new Map(rows.map((row) => [externalKey(row.order_id, row.by, row.external_id), earlier(row)]));
}

/** What `certainProblems` has to know of the items that changes name, as last heard of: order id → item id → facts. */
export async function findItems(
  tx: EntityManager,
  asked: readonly { orderId: string; changes: JsonObject }[],
  pointOfNoReturn: PointOfNoReturn,
): Promise<Map<string, Map<string, KnownItem>>> {
  const wanted = asked.flatMap(({ orderId, changes }) => wantedItems(changes).map((item) => ({ orderId, ...item })));
  const found = new Map<string, Map<string, KnownItem>>();
  if (wanted.length === 0) return found;
  const rows: { order_id: string; item_id: string; state: ItemState; point_of_no_return: boolean }[] = await tx.query(
    `SELECT k.order_id, k.item_id, k.state, k.point_of_no_return
       FROM unnest(${anyLength('$1')}, $2::text[], $3::boolean[]) AS w(order_id, item_id, if_closed)
       JOIN ${SCHEMA}.known_item k USING (order_id, item_id)
      WHERE NOT w.if_closed OR k.point_of_no_return OR k.state = ANY ($4::text[])`,
    [
      textArray(wanted.map((w) => w.orderId)),
      textArray(wanted.map((w) => w.itemId)),
      booleanArray(wanted.map((w) => w.ifClosed)),
      textArray(closingStates(pointOfNoReturn)),
    ],
  );
  for (const row of rows) {
    const items = found.get(row.order_id) ?? new Map<string, KnownItem>();
    items.set(row.item_id, { state: row.state, pointOfNoReturn: row.point_of_no_return });
    found.set(row.order_id, items);
  }
  return found;
}

/** A new supplement, with the text of what was requested and the hash of the body. */
export interface NewSupplement {
  readonly supplement: Supplement;
  readonly text: JsonText;
  readonly hash: string;
}

/** Stores new supplements, and which of them wait for the merge. */
export function supplementsStatement(stored: readonly NewSupplement[]): Statement | undefined {
  if (stored.length === 0) return undefined;
  const supplements = stored.map(({ supplement }) => supplement);
  return {
    sql: `WITH stored AS (
       INSERT INTO ${SCHEMA}.supplement
         (id, order_id, place, sequence, state, external_id, category, by, submitted_at, request_hash, request, approvals, charge,
          due_at, reverts)
       SELECT id, order_id, place, sequence, state, external_id, category, by, submitted_at, hash, request, approvals::jsonb,
              charge::jsonb, due_at, reverts
         FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
             $9::timestamptz[], $10::text[], $11::json[], $12::json[], $13::json[], $14::timestamptz[], $15::text[])
           AS r (id, order_id, place, sequence, state, external_id, category, by, submitted_at, hash, request, approvals, charge,
             due_at, reverts)
       RETURNING state, submitted_at, id)
     INSERT INTO ${SCHEMA}.awaiting_merge (submitted_at, id) SELECT submitted_at, id FROM stored WHERE state = 'accepted'`,
    values: [
      textArray(supplements.map(({ id }) => id)),
      textArray(supplements.map(({ orderId }) => orderId)),
      intArray(supplements.map(({ place }) => place)),
      intArray(supplements.map(({ sequence }) => sequence)),
      textArray(supplements.map(({ state }) => state)),
      textArray(supplements.map(({ request }) => request.externalId)),
      textArray(supplements.map(({ request }) => request.category)),
      textArray(supplements.map(({ by }) => by)),
      timestampArray(supplements.map(({ submittedAt }) => submittedAt)),
      textArray(stored.map(({ hash }) => hash)),
      jsonArray(stored.map(({ text }) => text)),
      jsonArray(supplements.map(({ approvals }) => (approvals.length === 0 ? undefined : approvals))),
      jsonArray(supplements.map(({ charge }) => charge)),
      timestampArray(supplements.map(dueOf)),
      textArray(supplements.map(({ reverts }) => reverts)),
    ],
  };
}
