import { type Statement, textArray, timestampArray } from '#messaging';
import type { JsonObject } from '#order-model';
import { SCHEMA } from '../schema.js';

/** Keeps the first version of each new order as its event says it: the order's document is in that until the order is changed. */
export const KEEP_FIRST_VERSIONS = `INSERT INTO ${SCHEMA}.order_version (order_id, version, kind, data)
  SELECT subject, sequence, 'order.created', data FROM e`;

/** Stores new orders but for their first versions. */
export function ordersStatement(orders: readonly JsonObject[]): Statement | undefined {
  if (orders.length === 0) return undefined;
  return {
    sql: `INSERT INTO ${SCHEMA}.product_order (id, external_id, version, state, created_at)
     SELECT id, external_id, 1, state, at
       FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) AS r (id, external_id, at, state)`,
    values: [
      textArray(orders.map(({ id }) => id as string)),
      textArray(orders.map(({ externalId }) => (typeof externalId === 'string' ? externalId : undefined))),
      timestampArray(orders.map(({ orderDate }) => orderDate as string)),
      textArray(orders.map(({ state }) => state as string)),
    ],
  };
}
