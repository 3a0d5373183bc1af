import { describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, createTemplateDatabase, testDatabaseUrl, withDatabase } from '../src/index.js';

jest.setTimeout(60_000);

async function ask<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

const isThere = async (name: string): Promise<boolean> =>
  (await ask(testDatabaseUrl(), `SELECT FROM pg_database WHERE datname = '${name}'`)).length === 1;
const migrate = (url: string): Promise<unknown> => ask(url, 'CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)');
const things = (url: string): Promise<unknown[]> => ask(url, 'SELECT id FROM thing ORDER BY id');

test('given a template, when cloned twice, then each clone has its own data, and the template goes with the last who uses it', async () => {
  let migrations = 0;
  const counted = async (url: string): Promise<void> => {
    migrations++;
    await migrate(url);
  };
  const mine = await createTemplateDatabase('databases.spec', counted);
  const theirs = await createTemplateDatabase('databases.spec', counted);
  expect({ migrations, same: mine.name === theirs.name }).toEqual({ migrations: 1, same: true });
  const [one, two] = await Promise.all([mine.cloneDatabase(), theirs.cloneDatabase()]);
  await ask(one.url, 'INSERT INTO thing VALUES (2)');
  expect(await things(one.url)).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await things(two.url)).toEqual([{ id: 1 }]);
  await mine.release();
  expect(await isThere(theirs.name)).toBe(true);
  await theirs.release();
  expect(await isThere(theirs.name)).toBe(false);
  await Promise.all([one.drop(), two.drop()]);
  expect([await isThere(one.name), await isThere(two.name)]).toEqual([false, false]);
});

test('given a migration that fails, when a database is made, then the error is told and nothing is left behind', async () => {
  let name = '';
  const failing = async (url: string): Promise<void> => {
    name = new URL(url).pathname.slice(1);
    throw new Error('no such column');
  };
  await expect(createDatabase(failing)).rejects.toThrow('no such column');
  expect(name).toMatch(/^supping_test_/);
  expect(await isThere(name)).toBe(false);
});

describe('withDatabase', () => {
  const database = withDatabase(async (url) => void (await migrate(url)));

  test('given a test file, when a test runs, then it has a migrated database of its own', async () => {
    expect(await things(database.url)).toEqual([{ id: 1 }]);
    expect(database.url).toContain(database.name);
  });
});
