import type { MigrationInterface, QueryRunner } from 'typeorm';
import { eventLogCompanionSql, outboxCompanionSql } from '#messaging';
import { SCHEMA } from '../schema.js';

/** A merge is told by one row: `supplement.merged` is the companion of the revision that it made. */
export class Companions1764000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${outboxCompanionSql(SCHEMA)}; ${eventLogCompanionSql(SCHEMA)}`);
  }

  async down(): Promise<void> {
    throw new Error('companions of events have no place in the schema before; restore a backup instead');
  }
}
