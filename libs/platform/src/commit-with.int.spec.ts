import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource, EntityManager, MigrationInterface, QueryRunner } from 'typeorm';
import { connectionOf, type Statement } from '#messaging';
import { countPieces, withDatabase } from '#testing';
import { commitWith } from './commit-with.js';
import { readConfig } from './config.js';
import { openDatabase } from './database.module.js';

class Things1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE things.thing (id int PRIMARY KEY, like_thing int REFERENCES things.thing DEFERRABLE INITIALLY DEFERRED)',
    );
  }
  async down(): Promise<void> {}
}

const server = withDatabase(async () => undefined);
let database: DataSource;
beforeAll(async () => {
  const config = readConfig('order-service', 3001, { DATABASE_URL: server.url });
  database = await openDatabase(config, { schema: 'things', migrations: [Things1700000000001] });
});
afterAll(() => database.destroy());

const insert = (id: number, like: number | null = null): Statement => ({
  sql: 'INSERT INTO things.thing VALUES ($1::int, $2::int)',
  values: [id, like],
});
const stored = async (...ids: number[]): Promise<number[]> => {
  const rows = await database.query<{ id: number }[]>('SELECT id FROM things.thing WHERE id = ANY ($1::int[]) ORDER BY id', [ids]);
  return rows.map(({ id }) => id);
};
const writing =
  <R>(result: R, ...last: (Statement | undefined)[]) =>
  async (tx: EntityManager) => {
    await tx.query('SELECT FROM things.thing WHERE id = $1', [0]);
    return { result, last };
  };

test('given statements, when they are committed, then all are stored and its result is given', async () => {
  await expect(commitWith(database, writing('done', insert(1), undefined, insert(2)))).resolves.toBe('done');
  expect(await stored(1, 2)).toEqual([1, 2]);
});

test('given none, when it is committed, then its result is given', async () => {
  await expect(commitWith(database, writing(7))).resolves.toBe(7);
});

test('given a statement that PostgreSQL refuses, wherever it stands, when they are committed, then none is stored and its error is told', async () => {
  const refused = { sql: 'SELECT 1 / $1::int', values: [0] };
  for (const last of [
    [refused, insert(11), insert(12)],
    [insert(11), refused, insert(12)],
    [insert(11), insert(12), refused],
  ]) {
    await expect(commitWith(database, writing('done', ...last))).rejects.toMatchObject({ code: '22012' });
    expect(await stored(11, 12)).toEqual([]);
  }
});

test('given what is refused at COMMIT only, then none is stored and that is told', async () => {
  await expect(commitWith(database, writing('done', insert(21), insert(22, 404)))).rejects.toMatchObject({ code: '23503' });
  expect(await stored(21, 22)).toEqual([]);
});

test('given work that fails, then what it wrote itself is undone, and the connection can be used again', async () => {
  const failing = commitWith(database, async (tx) => {
    await tx.query('INSERT INTO things.thing VALUES ($1::int)', [31]);
    throw new Error('decided otherwise');
  });
  await expect(failing).rejects.toThrow('decided otherwise');
  await expect(commitWith(database, writing('done', insert(32)))).resolves.toBe('done');
  expect(await stored(31, 32)).toEqual([32]);
});

test('given several statements, when they are committed, then they and COMMIT go out in one piece', async () => {
  let pieces = (): number => 0;
  await commitWith(database, async (tx) => {
    const client = (await tx.queryRunner?.connect()) as Parameters<typeof connectionOf>[0];
    await tx.query('SELECT $1::int', [1]);
    pieces = countPieces(connectionOf(client).stream);
    return { result: undefined, last: [insert(41), insert(42)] };
  });
  expect(pieces()).toBe(1);
});
