import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxTableSql } from '#messaging';
import { idempotencyTableSql } from '#platform';
import { SCHEMA } from '../schema.js';

const SQL = `
-- Narrow and hot: the lock under which versions are taken, the filters of the list, and the effective head as heard of.
CREATE TABLE ${SCHEMA}.product_order (
  id text PRIMARY KEY,
  external_id text,
  version int NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  head_revision int NOT NULL DEFAULT 0,
  head_state text
) WITH (fillfactor = 80);
CREATE INDEX product_order_newest ON ${SCHEMA}.product_order (created_at DESC, id DESC);
CREATE INDEX product_order_external_id ON ${SCHEMA}.product_order (external_id, created_at DESC, id DESC);
CREATE INDEX product_order_state ON ${SCHEMA}.product_order (coalesce(head_state, state), created_at DESC, id DESC);

-- The big JSON beside it: lz4 rewrites 2.2 times as fast as pglz.
CREATE TABLE ${SCHEMA}.product_order_document (
  order_id text PRIMARY KEY,
  document jsonb COMPRESSION lz4 NOT NULL
);

-- Every version with who, when, why and delta, as its event said it: the audit, and the source of any re-send.
CREATE TABLE ${SCHEMA}.order_version (
  order_id text NOT NULL,
  version int NOT NULL,
  kind text NOT NULL,
  data jsonb COMPRESSION lz4 NOT NULL,
  revision int,
  not_applied jsonb,
  PRIMARY KEY (order_id, version)
) WITH (fillfactor = 80);

-- Items of the effective order of which the base document does not tell: those that supplements added or cancelled.
CREATE TABLE ${SCHEMA}.known_item (
  order_id text NOT NULL,
  item_id text NOT NULL,
  state text NOT NULL,
  point_of_no_return boolean NOT NULL,
  -- Revision that told of it, 0: only reported by fulfilment so far.
  revision int NOT NULL,
  -- Not of the base order, and moved by progress since: what the merger told before must not set it back.
  reported boolean NOT NULL DEFAULT false,
  added_by text,
  PRIMARY KEY (order_id, item_id)
) WITH (fillfactor = 80);

CREATE TABLE ${SCHEMA}.cancel_product_order (
  id text PRIMARY KEY,
  order_id text NOT NULL,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  request jsonb NOT NULL
);
CREATE INDEX cancel_product_order_newest ON ${SCHEMA}.cancel_product_order (created_at DESC, id DESC);
${idempotencyTableSql(SCHEMA)};
${outboxTableSql(SCHEMA)};
`;

export class Orders1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
  }
}
