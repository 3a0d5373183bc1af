import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

const SQL = `
-- The orders with a gap: next to none, so that looking for them reads next to nothing. A merge that neither parks an
-- input nor takes one up leaves waiting alone, and stays HOT.
CREATE INDEX effective_order_waiting ON ${SCHEMA}.effective_order (order_id) WHERE waiting > 0;

-- How far the heads of each line's owner were compared. since: by the owner's clock; all that changed before was equal.
CREATE TABLE ${SCHEMA}.reconciliation (
  line text PRIMARY KEY,
  began timestamptz NOT NULL,
  since timestamptz
);
`;

export class GapRepair1764000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SQL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${SCHEMA}.reconciliation; DROP INDEX ${SCHEMA}.effective_order_waiting`);
  }
}
