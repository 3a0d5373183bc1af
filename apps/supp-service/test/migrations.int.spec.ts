import { expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { withDatabase } from '#testing';
import { lockLines } from '../src/line.store.js';
import { listOfOrder } from '../src/read/supplements.store.js';
import { SCHEMA } from '../src/schema.js';
import { MIGRATIONS } from './world.js';

const database = withDatabase(async () => undefined);

/** The database with so many of its migrations. */
async function migrated(count: number): Promise<DataSource> {
  const migrations = MIGRATIONS.slice(0, count);
  const store = await new DataSource({ type: 'postgres', url: database.url, schema: SCHEMA, migrations }).initialize();
  await store.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await store.runMigrations();
  return store;
}

test('supplements of before have the place of their sequence, and a charge that nobody asks about', async () => {
  const before = await migrated(1);
  await before.query(`INSERT INTO ${SCHEMA}.order_line (order_id, last_sequence) VALUES ('o', 2)`);
  await before.query(
    `INSERT INTO ${SCHEMA}.supplement (id, order_id, sequence, state, category, by, submitted_at, request_hash, request)
     SELECT 's' || n, 'o', n, 'merged', 'construction', 'x', '2026-06-01T00:00:00Z', 'h',
            '{"category":"construction","changes":{},"charge":{"category":"other"}}' FROM generate_series(1, 2) AS n`,
  );
  await before.destroy();
  const store = await migrated(MIGRATIONS.length);
  try {
    const charge = { state: 'void', dueDate: '2026-06-01T00:00:00.000Z' };
    expect(await listOfOrder(store.manager, 'o', 0, 9)).toMatchObject([
      { id: 's1', place: 1, sequence: 1, state: 'merged', approvals: [], charge },
      { id: 's2', place: 2, sequence: 2 },
    ]);
    const line = await store.transaction(async (tx) => (await lockLines(tx, ['o'])).get('o'));
    expect(line).toMatchObject({ lastSequence: 2, lastPlace: 2, accepted: 2, acceptedAfterConfirmation: 0, waiting: 0 });
  } finally {
    await store.destroy();
  }
});
