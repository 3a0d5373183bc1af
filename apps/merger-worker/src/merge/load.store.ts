import type { EntityManager } from 'typeorm';
import { anyLength, textArray } from '#messaging';
import { type EffectiveItem, type EffectiveOrder, type JsonObject, type MergeInput, type Provenance, priceTotals } from '#order-model';
import { SCHEMA } from '../schema.js';
import type { Head } from './heads.store.js';

/** The gap buffers of these orders, each in order of arrival. */
export async function loadWaiting(tx: EntityManager, orderIds: readonly string[]): Promise<Map<string, MergeInput[]>> {
  const waiting = new Map<string, MergeInput[]>();
  if (orderIds.length === 0) return waiting;
  const rows: { order_id: string; input: MergeInput }[] = await tx.query(
    `SELECT order_id, input FROM ${SCHEMA}.merge_input
      WHERE order_id = ANY(${anyLength('$1')}) AND ordinal IS NULL ORDER BY order_id, at, line, number`,
    [textArray(orderIds)],
  );
  for (const { order_id, input } of rows) waiting.set(order_id, [...(waiting.get(order_id) ?? []), input]);
  return waiting;
}

export interface WantedItems {
  readonly some: readonly { orderId: string; itemId: string }[];
  /** Orders of which every item is wanted. */
  readonly all: readonly string[];
}
/** Order id → item id → item; mutable, since nested items are looked up in a second step. */
export type LoadedItems = Map<string, Map<string, EffectiveItem>>;

interface ItemRow {
  readonly order_id: string;
  readonly item_id: string;
  readonly position: number;
  readonly doc: JsonObject;
  readonly provenance: Provenance;
}
const ITEM = 'i.order_id, i.item_id, i.position, i.doc, i.provenance';

function keep(into: LoadedItems, rows: readonly ItemRow[]): LoadedItems {
  for (const { order_id, item_id: id, position, doc, provenance } of rows) {
    const items = into.get(order_id) ?? new Map<string, EffectiveItem>();
    items.set(id, { id, position, doc, provenance });
    into.set(order_id, items);
  }
  return into;
}

/** The wanted items and, transitively, all that rely on them, or on items nested in them, or bundle them. */
export async function loadItems(tx: EntityManager, { some, all }: WantedItems): Promise<LoadedItems> {
  const items: LoadedItems = new Map();
  if (some.length > 0) {
    const rows: ItemRow[] = await tx.query(
      `WITH RECURSIVE wanted AS (
         SELECT * FROM unnest(${anyLength('$1')}, $2::text[]) AS w(order_id, item_id)
         UNION
         SELECT r.order_id, r.item_id FROM wanted w
           JOIN ${SCHEMA}.effective_item i USING (order_id, item_id)
           JOIN ${SCHEMA}.reliance r ON r.order_id = i.order_id AND r.on_id = ANY(i.nested_ids || i.item_id))
       SELECT ${ITEM} FROM wanted w JOIN ${SCHEMA}.effective_item i USING (order_id, item_id)`,
      [textArray(some.map(({ orderId }) => orderId)), textArray(some.map(({ itemId }) => itemId))],
    );
    keep(items, rows);
  }
  if (all.length > 0) {
    keep(
      items,
      await tx.query(`SELECT ${ITEM} FROM ${SCHEMA}.effective_item i WHERE i.order_id = ANY(${anyLength('$1')})`, [textArray(all)]),
    );
  }
  return items;
}

/** Adds the items that hold these nested ones. */
export async function loadNested(
  tx: EntityManager,
  wanted: readonly { orderId: string; itemId: string }[],
  into: LoadedItems,
): Promise<void> {
  if (wanted.length === 0) return;
  const rows: ItemRow[] = await tx.query(
    `SELECT DISTINCT ON (i.order_id, i.item_id) ${ITEM} FROM unnest(${anyLength('$1')}, $2::text[]) AS w(order_id, nested_id)
       JOIN ${SCHEMA}.effective_item i ON i.order_id = w.order_id AND w.nested_id = ANY(i.nested_ids)`,
    [textArray(wanted.map(({ orderId }) => orderId)), textArray(wanted.map(({ itemId }) => itemId))],
  );
  keep(into, rows);
}

/** The orders behind these heads, with their own attributes and the items that are being loaded. */
export async function loadOrders(
  tx: EntityManager,
  heads: readonly Head[],
  loading: Promise<LoadedItems>,
): Promise<Map<string, EffectiveOrder>> {
  const created = heads.filter(({ revision }) => revision > 0).map(({ orderId }) => orderId);
  const asked: Promise<{ order_id: string; doc: JsonObject; provenance: Provenance }[]> =
    created.length === 0
      ? Promise.resolve([])
      : tx.query(`SELECT order_id, doc, provenance FROM ${SCHEMA}.effective_attributes WHERE order_id = ANY(${anyLength('$1')})`, [
          textArray(created),
        ]);
  const [items, rows] = await Promise.all([loading, asked]);
  const own = new Map(rows.map((row) => [row.order_id, row]));
  return new Map(
    heads.map(({ orderId, empty, unpriced }) => {
      const loaded = items.get(orderId) ?? new Map<string, EffectiveItem>();
      items.set(orderId, loaded);
      const row = own.get(orderId);
      const order = { ...empty, attributes: row?.doc ?? {}, provenance: row?.provenance ?? {}, items: loaded };
      return [orderId, unpriced ? { ...order, totals: priceTotals(order) } : order];
    }),
  );
}
