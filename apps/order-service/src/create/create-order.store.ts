import type { EntityManager } from 'typeorm';
import type { OrderCreated } from '#contracts';
import { jsonArray } from '#messaging';
import { SCHEMA } from '../schema.js';

/** Stores new orders with their document and their first version. */
export async function insertOrders(tx: EntityManager, created: readonly OrderCreated[]): Promise<void> {
  if (created.length === 0) return;
  const rows = created.map((data) => ({
    id: data.orderId,
    external_id: typeof data.order.externalId === 'string' ? data.order.externalId : null,
    at: data.at,
    state: data.order.state,
  }));
  await tx.query(
    `WITH r AS (SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (id text, external_id text, at timestamptz, state text),
                                         unnest($2::json[], $3::json[])) AS r (id, external_id, at, state, document, data)),
       o AS (INSERT INTO ${SCHEMA}.product_order (id, external_id, version, state, created_at)
         SELECT id, external_id, 1, state, at FROM r),
       d AS (INSERT INTO ${SCHEMA}.product_order_document (order_id, document) SELECT id, document FROM r)
     INSERT INTO ${SCHEMA}.order_version (order_id, version, kind, data) SELECT id, 1, 'order.created', data FROM r`,
    [JSON.stringify(rows), jsonArray(created.map(({ order }) => order)), jsonArray(created)],
  );
}
