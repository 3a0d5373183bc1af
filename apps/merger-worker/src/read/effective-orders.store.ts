import type { EntityManager } from 'typeorm';
import { formatPath, type JsonObject, type OrderState, type Provenance } from '#order-model';
import { SCHEMA } from '../schema.js';

export interface StoredEffectiveOrder {
  readonly revision: number;
  readonly version: number;
  readonly state: OrderState;
  readonly updatedAt: string;
  /** The TMF622 document. */
  readonly order: JsonObject;
}

interface Row {
  readonly revision: number;
  readonly version: number;
  readonly state: OrderState;
  readonly updated_at: Date;
  readonly doc: JsonObject;
  readonly items: JsonObject[] | null;
}

/** The effective order as it stands, read in one statement: one snapshot of head, attributes and items. */
export async function findEffectiveOrder(tx: EntityManager, orderId: string): Promise<StoredEffectiveOrder | undefined> {
  const rows: Row[] = await tx.query(
    `SELECT h.revision, h.version, h.state, h.updated_at, a.doc,
            (SELECT jsonb_agg(i.doc ORDER BY i.position) FROM ${SCHEMA}.effective_item i WHERE i.order_id = h.order_id) AS items
       FROM ${SCHEMA}.effective_order h JOIN ${SCHEMA}.effective_attributes a USING (order_id)
      WHERE h.order_id = $1`,
    [orderId],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { revision, version, state, updated_at, doc, items } = row;
  const order = { ...doc, state, productOrderItem: items ?? [] };
  return { revision, version, state, updatedAt: updated_at.toISOString(), order };
}

/** The provenance of an order as it stands, by absolute keyed path; with `itemId` only the order's own and that item's. */
export async function findStoredProvenance(tx: EntityManager, orderId: string, itemId?: string): Promise<Provenance> {
  const rows: { item_id: string | null; provenance: Provenance }[] = await tx.query(
    `SELECT NULL AS item_id, provenance FROM ${SCHEMA}.effective_attributes WHERE order_id = $1
     UNION ALL
     SELECT item_id, provenance FROM ${SCHEMA}.effective_item WHERE order_id = $1 AND ($2::text IS NULL OR item_id = $2)`,
    [orderId, itemId ?? null],
  );
  return Object.fromEntries(
    rows.flatMap(({ item_id, provenance }) => {
      const prefix = item_id === null ? '' : formatPath(['productOrderItem', item_id]);
      return Object.entries(provenance).map(([path, revision]) => [prefix + path, revision]);
    }),
  );
}
