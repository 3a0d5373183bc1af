import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxCompanionSql } from '#messaging';
import { SCHEMA } from '../schema.js';

/** The relay reads every service's outbox alike; none of this one's events has a companion. */
export class Companions1764000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxCompanionSql(SCHEMA));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${SCHEMA}.outbox DROP COLUMN companion`);
  }
}
