import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxTableSql } from '#messaging';
import { idempotencyTableSql } from '#platform';
import { SCHEMA } from '../schema.js';

const SQL = `
-- One narrow row per order: the lock under which sequences are taken, and the order's head as last heard of.
CREATE TABLE ${SCHEMA}.order_line (
  order_id text PRIMARY KEY,
  last_sequence int NOT NULL DEFAULT 0,
  revision int NOT NULL DEFAULT 0,
  state text
) WITH (fillfactor = 80);

-- Items as last heard of in effective-order.revised: enough to refuse early, never the authority.
CREATE TABLE ${SCHEMA}.known_item (
  order_id text NOT NULL,
  item_id text NOT NULL,
  state text NOT NULL,
  point_of_no_return boolean NOT NULL,
  revision int NOT NULL,
  PRIMARY KEY (order_id, item_id)
) WITH (fillfactor = 80);

CREATE TABLE ${SCHEMA}.supplement (
  id text PRIMARY KEY,
  order_id text NOT NULL,
  sequence int NOT NULL,
  state text NOT NULL,
  revision int,
  problems jsonb,
  external_id text,
  category text NOT NULL,
  by text NOT NULL,
  submitted_at timestamptz NOT NULL,
  request_hash text NOT NULL,
  request jsonb COMPRESSION lz4 NOT NULL,
  UNIQUE (order_id, sequence)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX supplement_external_id ON ${SCHEMA}.supplement (order_id, by, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX supplement_newest ON ${SCHEMA}.supplement (submitted_at DESC, id DESC);
CREATE INDEX supplement_by_state ON ${SCHEMA}.supplement (state, submitted_at DESC, id DESC);
CREATE INDEX supplement_by_category ON ${SCHEMA}.supplement (category, submitted_at DESC, id DESC);

-- What was refused at the door: nothing else of it is stored.
CREATE TABLE ${SCHEMA}.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  by text NOT NULL,
  action text NOT NULL,
  order_id text NOT NULL,
  detail jsonb NOT NULL
);
${idempotencyTableSql(SCHEMA)};
${outboxTableSql(SCHEMA)};
`;

export class Supplements1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
  }
}
