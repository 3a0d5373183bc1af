import type { EntityManager } from 'typeorm';
import type { HeadNews, ItemNews, VersionNews } from '#contracts';
import { anyLength, byKey, intArray, textArray } from '#messaging';
import { SCHEMA } from '../schema.js';

/** Locks orders in id order, as every writer of `product_order` does. */
export async function lockOrders(tx: EntityManager, heads: readonly HeadNews[]): Promise<void> {
  if (heads.length === 0) return;
  await tx.query(`SELECT 1 FROM ${SCHEMA}.product_order WHERE id = ANY(${anyLength('$1')}) ORDER BY id FOR UPDATE`, [
    textArray(heads.map((h) => h.orderId)),
  ]);
}

/** Moves heads forward, never back; the orders are locked. */
export async function advanceHeads(tx: EntityManager, heads: readonly HeadNews[]): Promise<void> {
  if (heads.length === 0) return;
  await tx.query(
    `UPDATE ${SCHEMA}.product_order o SET head_revision = n.revision, head_state = n.state
       FROM unnest(${anyLength('$1')}, $2::int[], $3::text[]) AS n(id, revision, state)
      WHERE ${byKey('o.id', 'n.id')} AND o.head_revision < n.revision`,
    [textArray(heads.map((h) => h.orderId)), intArray(heads.map((h) => h.revision)), textArray(heads.map((h) => h.state))],
  );
}

/**
 * Keeps the items of which the base document does not tell: added by a supplement, or cancelled. What fulfilment
 * reported of one since is newer than what the merger told, but for a cancellation.
 */
export async function advanceItems(tx: EntityManager, items: readonly ItemNews[]): Promise<void> {
  if (items.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.known_item AS k (order_id, item_id, state, point_of_no_return, revision, added_by)
     SELECT n.order_id, n.item_id, n.state, n.ponr, n.revision, n.added_by
       FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::int[], $6::text[])
         AS n(order_id, item_id, state, ponr, revision, added_by)
       LEFT JOIN ${SCHEMA}.known_item o ON o.order_id = n.order_id AND o.item_id = n.item_id
      WHERE n.added_by IS NOT NULL OR n.state = 'cancelled' OR o.item_id IS NOT NULL
      ORDER BY n.order_id, n.item_id
     ON CONFLICT (order_id, item_id) DO UPDATE SET
       state = CASE WHEN k.reported AND excluded.state <> 'cancelled' THEN k.state ELSE excluded.state END,
       point_of_no_return = CASE WHEN k.reported THEN k.point_of_no_return ELSE excluded.point_of_no_return END,
       revision = excluded.revision,
       added_by = coalesce(k.added_by, excluded.added_by)
      WHERE k.revision < excluded.revision`,
    [
      items.map((i) => i.orderId),
      items.map((i) => i.itemId),
      items.map((i) => i.state),
      items.map((i) => i.pointOfNoReturn),
      items.map((i) => i.revision),
      items.map((i) => i.addedBy ?? null),
    ],
  );
}

/** Writes on each version the revision it made and what of it could not apply. */
export async function recordMerged(tx: EntityManager, versions: readonly VersionNews[]): Promise<void> {
  if (versions.length === 0) return;
  const rows = versions.map(({ orderId, version, revision, notApplied }) => ({
    order_id: orderId,
    version,
    revision,
    not_applied: notApplied,
  }));
  await tx.query(
    `UPDATE ${SCHEMA}.order_version v SET revision = n.revision, not_applied = n.not_applied
       FROM jsonb_to_recordset($1::jsonb) AS n(order_id text, version int, revision int, not_applied jsonb)
      WHERE v.order_id = n.order_id AND v.version = n.version AND v.revision IS NULL`,
    [JSON.stringify(rows)],
  );
}
