import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

/**
 * Nothing looks into a request in SQL: what was written is read. As `jsonb` it was parsed twice and taken apart (17 of the 135 µs of CPU that
 * PostgreSQL had for a supplement at the door). The table is written anew, under a lock.
 */
export class Requests1764000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${SCHEMA}.supplement ALTER COLUMN request TYPE json`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${SCHEMA}.supplement ALTER COLUMN request TYPE jsonb`);
  }
}
