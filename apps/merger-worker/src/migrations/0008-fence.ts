import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

/**
 * The fence fails in PostgreSQL, so that the COMMIT may be sent with what it stands before: as a serialization failure, which
 * is what it is.
 */
export class Fence1764000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE FUNCTION ${SCHEMA}.fence(moved bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        IF moved <> wanted THEN
          RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
            MESSAGE = 'an order was merged by another merger meanwhile; the batch is merged again';
        END IF;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ${SCHEMA}.fence(bigint, bigint)`);
  }
}
