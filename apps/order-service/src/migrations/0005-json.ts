import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SCHEMA } from '../schema.js';

const typed = (type: 'json' | 'jsonb'): string => `
ALTER TABLE ${SCHEMA}.product_order_document ALTER COLUMN document TYPE ${type}, ALTER COLUMN document SET COMPRESSION lz4;
ALTER TABLE ${SCHEMA}.order_version ALTER COLUMN data TYPE ${type}, ALTER COLUMN data SET COMPRESSION lz4;
`;

/** Nothing looks into an order's document or a version in SQL: what was written is read. To make `jsonb` of it was a fifth of PostgreSQL's part of an order. */
export class Json1764000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(typed('json'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(typed('jsonb'));
  }
}
