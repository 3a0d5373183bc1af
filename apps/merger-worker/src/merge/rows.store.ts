import type { EntityManager } from 'typeorm';
import { containedItems, type EffectiveItem, type EffectiveOrder, reliedOn } from '#order-model';
import { SCHEMA } from '../schema.js';

/** An item with the order it belongs to. */
export interface ItemOfOrder {
  readonly orderId: string;
  readonly item: EffectiveItem;
}

/** Writes the orders' own attributes with their provenance. */
export async function putAttributes(tx: EntityManager, orders: readonly EffectiveOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const rows = orders.map(({ orderId, attributes, provenance }) => ({ id: orderId, doc: attributes, provenance }));
  await tx.query(
    `INSERT INTO ${SCHEMA}.effective_attributes (order_id, doc, provenance)
     SELECT * FROM json_to_recordset($1::json) AS r(id text, doc json, provenance json)
     ON CONFLICT (order_id) DO UPDATE SET doc = excluded.doc, provenance = excluded.provenance`,
    [JSON.stringify(rows)],
  );
}

/** Writes items; the position of one that is there stays. */
export async function putItems(tx: EntityManager, items: readonly ItemOfOrder[]): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map(({ orderId, item: { id, position, doc, provenance } }) => ({
    order_id: orderId,
    item_id: id,
    position,
    doc,
    provenance,
    nested: containedItems(doc),
  }));
  await tx.query(
    `INSERT INTO ${SCHEMA}.effective_item (order_id, item_id, position, doc, provenance, nested_ids)
     SELECT * FROM json_to_recordset($1::json)
       AS r(order_id text, item_id text, position int, doc json, provenance json, nested text[])
     ON CONFLICT (order_id, item_id) DO UPDATE
       SET doc = excluded.doc, provenance = excluded.provenance, nested_ids = excluded.nested_ids`,
    [JSON.stringify(rows)],
  );
}

/** Removes what the index of reliance says of these items. */
export async function removeReliance(tx: EntityManager, items: readonly { orderId: string; itemId: string }[]): Promise<void> {
  if (items.length === 0) return;
  await tx.query(
    `DELETE FROM ${SCHEMA}.reliance r USING unnest($1::text[], $2::text[]) AS g(order_id, item_id)
      WHERE r.order_id = g.order_id AND r.item_id = g.item_id`,
    [items.map(({ orderId }) => orderId), items.map(({ itemId }) => itemId)],
  );
}

/** Adds what these items rely on to the index of reliance. */
export async function putReliance(tx: EntityManager, items: readonly ItemOfOrder[]): Promise<void> {
  const rows = items.flatMap(({ orderId, item: { id, doc } }) => reliedOn(doc).map((onId) => ({ orderId, onId, id })));
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.reliance (order_id, on_id, item_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
    [rows.map(({ orderId }) => orderId), rows.map(({ onId }) => onId), rows.map(({ id }) => id)],
  );
}
