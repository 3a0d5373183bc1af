import type { MigrationInterface, QueryRunner } from 'typeorm';
import { eventLogTablesSql } from '#messaging';
import { SCHEMA } from '../schema.js';

export class EventLog1764000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(eventLogTablesSql(SCHEMA));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${SCHEMA}.event_log, ${SCHEMA}.event_log_trimmed`);
  }
}
