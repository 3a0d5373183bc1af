import type { EntityManager } from 'typeorm';
import { jsonArray } from '#messaging';
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
  await tx.query(
    `INSERT INTO ${SCHEMA}.effective_attributes (order_id, doc, provenance)
     SELECT * FROM unnest($1::text[], $2::json[], $3::json[])
     ON CONFLICT (order_id) DO UPDATE SET doc = excluded.doc, provenance = excluded.provenance`,
    [
      orders.map(({ orderId }) => orderId),
      jsonArray(orders.map(({ attributes }) => attributes)),
      jsonArray(orders.map(({ provenance }) => provenance)),
    ],
  );
}

/** Writes items; the position of one that is there stays. */
export async function putItems(tx: EntityManager, items: readonly ItemOfOrder[]): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map(({ orderId, item: { id, position, doc } }) => ({
    order_id: orderId,
    item_id: id,
    position,
    nested: containedItems(doc),
  }));
  await tx.query(
    `INSERT INTO ${SCHEMA}.effective_item (order_id, item_id, position, nested_ids, doc, provenance)
     SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (order_id text, item_id text, position int, nested text[]),
                              unnest($2::json[], $3::json[]))
     ON CONFLICT (order_id, item_id) DO UPDATE
       SET doc = excluded.doc, provenance = excluded.provenance, nested_ids = excluded.nested_ids`,
    [JSON.stringify(rows), jsonArray(items.map(({ item }) => item.doc)), jsonArray(items.map(({ item }) => item.provenance))],
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
