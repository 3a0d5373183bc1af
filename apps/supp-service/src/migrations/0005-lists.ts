import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

const SQL = `
-- Nearly every supplement goes from accepted to merged, once. With its state in an index, that step writes the row anew in
-- each index there is (142 µs of 365 that PostgreSQL spent on a supplement); with none, in its own page (HOT). So lists by state go by
-- a column that the step leaves alone, those that wait for the merge stand in a table of their own, and the merged, who
-- are nearly all, are found among all.
DROP INDEX ${SCHEMA}.supplement_by_state;
ALTER TABLE ${SCHEMA}.supplement
  ADD COLUMN listed_state text GENERATED ALWAYS AS (CASE WHEN state IN ('accepted', 'merged') THEN NULL ELSE state END) STORED;
CREATE INDEX supplement_by_state ON ${SCHEMA}.supplement (listed_state, submitted_at DESC, id DESC) WHERE listed_state IS NOT NULL;

-- Rows that came in together are merged together, so the dead ones of a page do not make room for the next in time: without
-- half a page free, 62 of 100 went to another page, and so into every index, all the same.
ALTER TABLE ${SCHEMA}.supplement SET (fillfactor = 50);

-- Every row is deleted within moments: vacuumed as the outbox is.
CREATE TABLE ${SCHEMA}.awaiting_merge (
  submitted_at timestamptz NOT NULL,
  id text NOT NULL,
  PRIMARY KEY (submitted_at, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = -1);
INSERT INTO ${SCHEMA}.awaiting_merge SELECT submitted_at, id FROM ${SCHEMA}.supplement WHERE state = 'accepted';

-- Nothing looks into them in SQL: what was written is read.
ALTER TABLE ${SCHEMA}.audit ALTER COLUMN reason TYPE json, ALTER COLUMN detail TYPE json;
`;

export class Lists1764000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE ${SCHEMA}.audit ALTER COLUMN reason TYPE jsonb, ALTER COLUMN detail TYPE jsonb;
       DROP TABLE ${SCHEMA}.awaiting_merge;
       ALTER TABLE ${SCHEMA}.supplement DROP COLUMN listed_state, SET (fillfactor = 80);
       CREATE INDEX supplement_by_state ON ${SCHEMA}.supplement (state, submitted_at DESC, id DESC)`,
    );
  }
}
