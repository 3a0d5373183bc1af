import type { MigrationInterface, QueryRunner } from 'typeorm';
import { idempotencyTableSql } from '#platform';
import { SCHEMA } from '../schema.js';

const SQL = `
-- totals: what the order costs, kept like counts. Null for orders merged before: their next merge reads all items once.
-- sequence_at_confirmation: last sequence taken when the order was acknowledged no more; for the limit after confirmation.
-- acknowledged: how many acknowledgements the order has had: the sequence of their events.
ALTER TABLE ${SCHEMA}.effective_order
  ADD COLUMN totals jsonb,
  ADD COLUMN sequence_at_confirmation int,
  ADD COLUMN acknowledged int NOT NULL DEFAULT 0;
ALTER TABLE ${SCHEMA}.effective_order ALTER COLUMN totals SET DEFAULT '[]';
UPDATE ${SCHEMA}.effective_order SET sequence_at_confirmation = sequence WHERE revision > 0 AND state <> 'acknowledged';

-- Where the point of no return lay when an input was merged; a replay goes by the policy of its time.
CREATE TABLE ${SCHEMA}.merge_policy (
  hash text PRIMARY KEY,
  point_of_no_return jsonb NOT NULL,
  since timestamptz NOT NULL
);
-- Null: merged before policies were recorded.
ALTER TABLE ${SCHEMA}.merge_input ADD COLUMN policy text;
COMMENT ON COLUMN ${SCHEMA}.merge_input.at IS 'when it arrived while ordinal is null, afterwards the instant of its merge';

-- The latest of each consumer and order. behind: the head is past what it has acknowledged; kept by acknowledgements and
-- merges under the head's lock, so that the list of orders on which a consumer is behind scans nothing else.
CREATE TABLE ${SCHEMA}.acknowledgement (
  order_id text NOT NULL,
  consumer text NOT NULL,
  revision int NOT NULL,
  status text NOT NULL CHECK (status IN ('ack', 'nack')),
  reason text,
  by text NOT NULL,
  at timestamptz NOT NULL,
  number int NOT NULL,
  -- The newest revision it works from.
  acked int NOT NULL,
  behind boolean NOT NULL,
  PRIMARY KEY (order_id, consumer)
) WITH (fillfactor = 80);
CREATE INDEX acknowledgement_behind ON ${SCHEMA}.acknowledgement (consumer, order_id) WHERE behind;
CREATE INDEX acknowledgement_consumer ON ${SCHEMA}.acknowledgement (consumer, order_id);

-- Every acknowledgement as it was said.
CREATE TABLE ${SCHEMA}.acknowledgement_said (
  order_id text NOT NULL,
  number int NOT NULL,
  consumer text NOT NULL,
  revision int NOT NULL,
  status text NOT NULL,
  reason text,
  by text NOT NULL,
  at timestamptz NOT NULL,
  head_revision int NOT NULL,
  PRIMARY KEY (order_id, number)
);

CREATE TABLE ${SCHEMA}.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  by text NOT NULL,
  action text NOT NULL,
  -- Null: about all orders.
  order_id text,
  detail jsonb NOT NULL
);
CREATE INDEX audit_by_order ON ${SCHEMA}.audit (order_id, id);
${idempotencyTableSql(SCHEMA)};
`;

export class History1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('what was acknowledged has no place in the schema before; restore a backup instead');
  }
}
