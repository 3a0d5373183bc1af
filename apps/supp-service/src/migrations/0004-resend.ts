import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

const SQL = `
-- json, not jsonb: what is sent again has the very text it had the first time.
ALTER TABLE ${SCHEMA}.supplement ALTER COLUMN request TYPE json, ALTER COLUMN request SET COMPRESSION lz4;
ALTER TABLE ${SCHEMA}.superseded_entry ALTER COLUMN entry TYPE json, ALTER COLUMN entry SET COMPRESSION lz4;

-- When the last sequence was given, to the minute: the index is touched once a minute at most by an order, and a burst of
-- its supplements stays HOT. Null: none was given. For whoever compares heads: what changed lately is found without the rest.
ALTER TABLE ${SCHEMA}.order_line ADD COLUMN changed_at timestamptz;
UPDATE ${SCHEMA}.order_line SET changed_at = date_trunc('minute', now()) WHERE last_sequence > 0;
CREATE INDEX order_line_changed ON ${SCHEMA}.order_line (changed_at, order_id) WHERE changed_at IS NOT NULL;
`;

export class Resend1764000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE ${SCHEMA}.order_line DROP COLUMN changed_at;
       ALTER TABLE ${SCHEMA}.superseded_entry ALTER COLUMN entry TYPE jsonb, ALTER COLUMN entry SET COMPRESSION lz4;
       ALTER TABLE ${SCHEMA}.supplement ALTER COLUMN request TYPE jsonb, ALTER COLUMN request SET COMPRESSION lz4`,
    );
  }
}
