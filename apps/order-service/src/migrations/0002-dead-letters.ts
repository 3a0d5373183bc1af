import type { MigrationInterface, QueryRunner } from 'typeorm';
import { deadLetterTablesSql } from '#platform';
import { SCHEMA } from '../schema.js';

export class DeadLetters1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(deadLetterTablesSql(SCHEMA));
  }

  async down(): Promise<void> {
    throw new Error('dead letters have no place in the schema before; redrive or discard them, then restore a backup');
  }
}
