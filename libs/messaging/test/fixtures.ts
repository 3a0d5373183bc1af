import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { type CloudEvent, outboxTableSql } from '#messaging';

export const SCHEMA = 'sender';

export async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE SCHEMA ${SCHEMA}; ${outboxTableSql(SCHEMA)};
    CREATE TABLE ${SCHEMA}.thing (id text PRIMARY KEY, version int NOT NULL)`);
  await client.end();
}

export async function openDataSource(url: string): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url, poolSize: 8 }).initialize();
}

export function eventOf(subject: string, sequence: number, given: Partial<CloudEvent> = {}): CloudEvent {
  return {
    id: randomUUID(),
    source: '/sender',
    type: 'io.supping.thing.changed.v1',
    subject,
    time: '2026-01-02T03:04:05.678Z',
    sequence,
    partitionkey: subject,
    data: { subject, sequence },
    ...given,
  };
}

export const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
