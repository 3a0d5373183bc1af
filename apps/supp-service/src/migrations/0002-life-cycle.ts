import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

const SQL = `
-- What the policy's limits are held against. due_date: the order's requestedCompletionDate as written, with the revision
-- that last set it, for its news may come late and twice.
ALTER TABLE ${SCHEMA}.order_line
  ADD COLUMN last_place int NOT NULL DEFAULT 0,
  ADD COLUMN accepted int NOT NULL DEFAULT 0,
  ADD COLUMN accepted_after_confirmation int NOT NULL DEFAULT 0,
  ADD COLUMN waiting int NOT NULL DEFAULT 0,
  ADD COLUMN due_date text,
  ADD COLUMN due_date_revision int NOT NULL DEFAULT 0;
UPDATE ${SCHEMA}.order_line SET last_place = last_sequence, accepted = last_sequence;

-- A supplement that waits has no sequence yet. place: its number among those of its order, for lists and cursors.
-- due_at: the next instant at which no answer is an answer.
ALTER TABLE ${SCHEMA}.supplement
  ALTER COLUMN sequence DROP NOT NULL,
  ADD COLUMN place int,
  ADD COLUMN approvals jsonb,
  ADD COLUMN charge jsonb,
  ADD COLUMN due_at timestamptz,
  ADD COLUMN reverts text,
  ADD COLUMN reverted_by text,
  ADD COLUMN resolution jsonb;
UPDATE ${SCHEMA}.supplement SET place = sequence;
ALTER TABLE ${SCHEMA}.supplement ALTER COLUMN place SET NOT NULL, ADD UNIQUE (order_id, place);
CREATE INDEX supplement_due ON ${SCHEMA}.supplement (due_at, id) WHERE due_at IS NOT NULL;

-- Entries of lines whose supplement was held and entered again under a later sequence: what a re-send of a range needs.
CREATE TABLE ${SCHEMA}.superseded_entry (
  order_id text NOT NULL,
  sequence int NOT NULL,
  supplement_id text NOT NULL,
  entry jsonb COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (order_id, sequence)
);

ALTER TABLE ${SCHEMA}.audit ADD COLUMN supplement_id text, ADD COLUMN reason jsonb;
CREATE INDEX audit_by_order ON ${SCHEMA}.audit (order_id, id);
CREATE INDEX audit_by_supplement ON ${SCHEMA}.audit (supplement_id, id) WHERE supplement_id IS NOT NULL;
`;

export class LifeCycle1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(): Promise<void> {
    throw new Error('supplements without a sequence have no place in the schema before; restore a backup instead');
  }
}
