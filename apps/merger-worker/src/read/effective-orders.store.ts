import type { EntityManager } from 'typeorm';
import { anyLength } from '#messaging';
import { formatPath, type OrderState, type Provenance } from '#order-model';
import { SCHEMA } from '../schema.js';

/** An effective order as it stands, its document as JSON text: most readers want it sent on, not looked into. */
export interface StoredEffectiveOrder {
  readonly orderId: string;
  readonly revision: number;
  readonly version: number;
  readonly state: OrderState;
  /** RFC 3339 UTC. */
  readonly updatedAt: string;
  /** The TMF622 document. */
  readonly order: string;
}

interface Row {
  readonly order_id: string;
  readonly revision: number;
  readonly version: number;
  readonly state: OrderState;
  readonly updated_at: Date;
  readonly doc: string;
  readonly items: string | null;
}

/** The TMF622 document of stored texts; as `toDocument` makes it of what is loaded. */
function documentText(doc: string, state: OrderState, items: string): string {
  const attributes = doc.slice(1, -1).trim();
  return `{${attributes}${attributes === '' ? '' : ','}"state":${JSON.stringify(state)},"productOrderItem":[${items}]}`;
}

/** The effective orders as they stand, read in one statement: one snapshot of heads, attributes and items. */
export async function findEffectiveOrders(tx: EntityManager, orderIds: readonly string[]): Promise<StoredEffectiveOrder[]> {
  const rows: Row[] = await tx.query(
    `SELECT h.order_id, h.revision, h.version, h.state, h.updated_at, a.doc::text AS doc,
            (SELECT string_agg(i.doc::text, ',' ORDER BY i.position) FROM ${SCHEMA}.effective_item i WHERE i.order_id = h.order_id) AS items
       FROM ${SCHEMA}.effective_order h JOIN ${SCHEMA}.effective_attributes a USING (order_id)
      WHERE h.order_id = ANY(${anyLength('$1')})`,
    [orderIds],
  );
  return rows.map(({ order_id: orderId, revision, version, state, updated_at, doc, items }) => ({
    orderId,
    revision,
    version,
    state,
    updatedAt: updated_at.toISOString(),
    order: documentText(doc, state, items ?? ''),
  }));
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
