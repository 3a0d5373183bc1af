import { intArray, jsonArray, type Statement, textArray } from '#messaging';
import { containedItems, type EffectiveItem, type EffectiveOrder, reliedOn } from '#order-model';
import { SCHEMA } from '../schema.js';

/** An item with the order it belongs to. */
export interface ItemOfOrder {
  readonly orderId: string;
  readonly item: EffectiveItem;
}

/** Writes the orders' own attributes with their provenance. */
export function attributesStatement(orders: readonly EffectiveOrder[]): Statement | undefined {
  if (orders.length === 0) return undefined;
  return {
    sql: `INSERT INTO ${SCHEMA}.effective_attributes (order_id, doc, provenance)
     SELECT * FROM unnest($1::text[], $2::json[], $3::json[])
     ON CONFLICT (order_id) DO UPDATE SET doc = excluded.doc, provenance = excluded.provenance`,
    values: [
      textArray(orders.map(({ orderId }) => orderId)),
      jsonArray(orders.map(({ attributes }) => attributes)),
      jsonArray(orders.map(({ provenance }) => provenance)),
    ],
  };
}

/** Writes items; the position of one that is there stays. */
export function itemsStatement(items: readonly ItemOfOrder[]): Statement | undefined {
  if (items.length === 0) return undefined;
  const nested = items.map(({ item }) => containedItems(item.doc));
  return {
    sql: `INSERT INTO ${SCHEMA}.effective_item (order_id, item_id, position, nested_ids, doc, provenance)
     SELECT order_id, item_id, position,
            CASE WHEN nested IS NULL THEN '{}' ELSE ARRAY(SELECT json_array_elements_text(nested)) END, doc, provenance
       FROM unnest($1::text[], $2::text[], $3::int[], $4::json[], $5::json[], $6::json[])
         AS r (order_id, item_id, position, nested, doc, provenance)
     ON CONFLICT (order_id, item_id) DO UPDATE
       SET doc = excluded.doc, provenance = excluded.provenance, nested_ids = excluded.nested_ids`,
    values: [
      textArray(items.map(({ orderId }) => orderId)),
      textArray(items.map(({ item }) => item.id)),
      intArray(items.map(({ item }) => item.position)),
      jsonArray(nested.map((ids) => (ids.length === 0 ? undefined : ids))),
      jsonArray(items.map(({ item }) => item.doc)),
      jsonArray(items.map(({ item }) => item.provenance)),
    ],
  };
}

/** Removes what the index of reliance says of these items. */
export function goneRelianceStatement(items: readonly { orderId: string; itemId: string }[]): Statement | undefined {
  if (items.length === 0) return undefined;
  return {
    sql: `DELETE FROM ${SCHEMA}.reliance r USING unnest($1::text[], $2::text[]) AS g(order_id, item_id)
      WHERE r.order_id = g.order_id AND r.item_id = g.item_id`,
    values: [textArray(items.map(({ orderId }) => orderId)), textArray(items.map(({ itemId }) => itemId))],
  };
}

/** Adds what these items rely on to the index of reliance. */
export function relianceStatement(items: readonly ItemOfOrder[]): Statement | undefined {
  const rows = items.flatMap(({ orderId, item: { id, doc } }) => reliedOn(doc).map((onId) => ({ orderId, onId, id })));
  if (rows.length === 0) return undefined;
  return {
    sql: `INSERT INTO ${SCHEMA}.reliance (order_id, on_id, item_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
    values: [textArray(rows.map(({ orderId }) => orderId)), textArray(rows.map(({ onId }) => onId)), textArray(rows.map(({ id }) => id))],
  };
}
