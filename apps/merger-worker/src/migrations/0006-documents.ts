import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

const SQL = `
-- json, not jsonb: documents are written and read whole, and nothing looks into them in between. The text goes in and comes
-- out as it is; jsonb takes it apart on the way in and writes it anew on the way out.
ALTER TABLE ${SCHEMA}.effective_attributes ALTER COLUMN doc TYPE json, ALTER COLUMN provenance TYPE json;
ALTER TABLE ${SCHEMA}.effective_item ALTER COLUMN doc TYPE json, ALTER COLUMN provenance TYPE json;
ALTER TABLE ${SCHEMA}.merge_input ALTER COLUMN input TYPE json;
ALTER TABLE ${SCHEMA}.revision ALTER COLUMN body TYPE json;
ALTER TABLE ${SCHEMA}.effective_attributes ALTER COLUMN doc SET COMPRESSION lz4, ALTER COLUMN provenance SET COMPRESSION lz4;
ALTER TABLE ${SCHEMA}.effective_item ALTER COLUMN doc SET COMPRESSION lz4, ALTER COLUMN provenance SET COMPRESSION lz4;
ALTER TABLE ${SCHEMA}.merge_input ALTER COLUMN input SET COMPRESSION lz4;
ALTER TABLE ${SCHEMA}.revision ALTER COLUMN body SET COMPRESSION lz4;

-- The whole document as of every so many revisions: an earlier one is read from the next of these back, not from the latest.
CREATE TABLE ${SCHEMA}.checkpoint (
  order_id text NOT NULL,
  revision int NOT NULL,
  doc json COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (order_id, revision)
);
`;

export class Documents1764000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE ${SCHEMA}.checkpoint;
       ALTER TABLE ${SCHEMA}.effective_attributes ALTER COLUMN doc TYPE jsonb, ALTER COLUMN provenance TYPE jsonb;
       ALTER TABLE ${SCHEMA}.effective_item ALTER COLUMN doc TYPE jsonb, ALTER COLUMN provenance TYPE jsonb;
       ALTER TABLE ${SCHEMA}.merge_input ALTER COLUMN input TYPE jsonb;
       ALTER TABLE ${SCHEMA}.revision ALTER COLUMN body TYPE jsonb`,
    );
  }
}
