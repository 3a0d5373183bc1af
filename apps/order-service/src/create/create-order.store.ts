import { type JsonText, jsonArray, type Statement, textArray, timestampArray } from '#messaging';
import type { JsonObject } from '#order-model';
import { SCHEMA } from '../schema.js';

/** A base order with the texts of its document and of its first version's event. */
export interface StoredNewOrder {
  readonly order: JsonObject;
  readonly document: JsonText;
  readonly data: JsonText;
}

/** Stores new orders with their document and their first version. */
export function ordersStatement(created: readonly StoredNewOrder[]): Statement | undefined {
  if (created.length === 0) return undefined;
  const orders = created.map(({ order }) => order);
  return {
    sql: `WITH r AS (SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::json[], $6::json[])
                  AS r (id, external_id, at, state, document, data)),
       o AS (INSERT INTO ${SCHEMA}.product_order (id, external_id, version, state, created_at)
         SELECT id, external_id, 1, state, at FROM r),
       d AS (INSERT INTO ${SCHEMA}.product_order_document (order_id, document) SELECT id, document FROM r)
     INSERT INTO ${SCHEMA}.order_version (order_id, version, kind, data) SELECT id, 1, 'order.created', data FROM r`,
    values: [
      textArray(orders.map(({ id }) => id as string)),
      textArray(orders.map(({ externalId }) => (typeof externalId === 'string' ? externalId : undefined))),
      timestampArray(orders.map(({ orderDate }) => orderDate as string)),
      textArray(orders.map(({ state }) => state as string)),
      jsonArray(created.map(({ document }) => document)),
      jsonArray(created.map(({ data }) => data)),
    ],
  };
}
