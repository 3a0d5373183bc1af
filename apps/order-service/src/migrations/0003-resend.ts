import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

const SQL = `
-- json, not jsonb: what is sent again has the very text it had the first time.
ALTER TABLE ${SCHEMA}.order_version ALTER COLUMN data TYPE json, ALTER COLUMN data SET COMPRESSION lz4;

-- When the last version was made, to the minute: the index is touched once a minute at most by an order, and a burst of
-- its versions stays HOT. For whoever compares heads: what changed lately is found without the rest.
ALTER TABLE ${SCHEMA}.product_order ADD COLUMN changed_at timestamptz NOT NULL DEFAULT date_trunc('minute', now());
CREATE INDEX product_order_changed ON ${SCHEMA}.product_order (changed_at, id);
`;

export class Resend1764000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE ${SCHEMA}.product_order DROP COLUMN changed_at;
       ALTER TABLE ${SCHEMA}.order_version ALTER COLUMN data TYPE jsonb, ALTER COLUMN data SET COMPRESSION lz4`,
    );
  }
}
