import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { QueryResult } from 'pg';
import { connectionOf } from '#messaging';
import { countPieces, withDatabase } from '#testing';
import { PreparingClient } from './prepared.js';

const database = withDatabase(async () => undefined);
let client: PreparingClient;
beforeEach(async () => {
  client = new PreparingClient({ connectionString: database.url });
  await client.connect();
});
afterEach(() => client.end());
const rowsOf = async (text: string, values: readonly unknown[] = []): Promise<unknown> => {
  const { rows }: QueryResult = await client.query(text, values);
  return rows;
};

test('what is asked in one turn goes out in one piece and is answered in one', async () => {
  const sent = countPieces(connectionOf(client).stream);
  let answered = 0;
  connectionOf(client).on('readyForQuery', () => {
    answered += 1;
  });
  const answers = await Promise.all([
    client.query('START TRANSACTION'),
    client.query('SELECT $1::int AS n', [1]),
    client.query('SELECT $1::int AS n', [2]),
    client.query('COMMIT'),
  ]);
  expect(answers.slice(1, 3).map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  expect(sent()).toBe(1);
  expect(answered).toBe(1);
});

test('what a statement gives is known when it is asked again', async () => {
  await client.query('CREATE TEMPORARY TABLE note (n int)');
  const write = (n: number): Promise<unknown> => client.query('INSERT INTO note VALUES ($1)', [n]);
  const read = (least: number): Promise<QueryResult> => client.query('SELECT n, n + 1 AS next FROM note WHERE n >= $1 ORDER BY n', [least]);
  await Promise.all([write(1), read(0)]);
  const [written, both, one] = await Promise.all([write(2), read(1), read(2)]);
  expect(written).toMatchObject({ command: 'INSERT', rowCount: 1, rows: [] });
  expect(both).toMatchObject({
    command: 'SELECT',
    rows: [
      { n: 1, next: 2 },
      { n: 2, next: 3 },
    ],
  });
  expect(one.rows).toEqual([{ n: 2, next: 3 }]);
});

describe('given a statement that fails among those of a turn', () => {
  const inOneTurn = (): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled([
      client.query('START TRANSACTION'),
      client.query('INSERT INTO note VALUES ($1)', [1]),
      client.query('SELECT 1 / $1::int AS n', [0]),
      client.query('SELECT $1::int + 40 AS n', [2]),
      client.query('COMMIT'),
    ]);
  beforeEach(() => client.query('CREATE TEMPORARY TABLE note (n int)'));

  test('what stood before it was done, what stands behind it was not, and nothing is stored', async () => {
    const outcomes = await inOneTurn();
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(outcomes.at(-1)).toMatchObject({ reason: { message: 'division by zero' } });
    await client.query('ROLLBACK');
    expect(await rowsOf('SELECT n FROM note')).toEqual([]);
  });

  test('what was passed over can be asked afterwards', async () => {
    await inOneTurn();
    await client.query('ROLLBACK');
    expect(await rowsOf('SELECT $1::int + 40 AS n', [2])).toEqual([{ n: 42 }]);
    await client.query('COMMIT');
  });
});

test('a value that cannot be sent fails by itself', async () => {
  const unsendable = { toPostgres: () => fail() };
  const fail = (): never => {
    throw new Error('no value');
  };
  const [bad, good] = await Promise.allSettled([
    client.query('SELECT $1::text AS t', [unsendable]),
    client.query('SELECT $1::int AS n', [7]),
  ]);
  expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'no value' } });
  expect(good).toMatchObject({ status: 'fulfilled', value: { rows: [{ n: 7 }] } });
});

test('what is asked without values comes behind what was asked before it', async () => {
  await client.query('CREATE TEMPORARY TABLE note (n int)');
  const [, read] = await Promise.all([client.query('INSERT INTO note VALUES ($1)', [1]), rowsOf('SELECT n FROM note')]);
  expect(read).toEqual([{ n: 1 }]);
});

test('what was asked before the end is answered', async () => {
  const other = new PreparingClient({ connectionString: database.url });
  await other.connect();
  const answer = other.query('SELECT $1::int AS n', [1]) as Promise<QueryResult>;
  await other.end();
  expect((await answer).rows).toEqual([{ n: 1 }]);
});

test('what is asked of a connection that is lost fails', async () => {
  client.on('error', () => undefined);
  const answers = Promise.allSettled([client.query('SELECT $1::int AS n', [1]), client.query('SELECT $1::int AS n', [2])]);
  connectionOf(client).stream.destroy(new Error('gone'));
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(client.query('SELECT $1::int AS n', [3])).rejects.toThrow('not queryable');
});

describe('given PostgreSQL that is silent for longer than it may be', () => {
  let patient: PreparingClient;
  beforeEach(async () => {
    patient = new PreparingClient({ connectionString: database.url, silenceMs: 600_000 });
    patient.on('error', () => undefined);
    await patient.connect();
  });
  afterEach(() => patient.end());
  /** As Node tells when that time is over. */
  const silent = (): unknown => connectionOf(patient).stream.emit('timeout');
  const session = async (): Promise<unknown> => {
    const { rows }: QueryResult = await patient.query('SELECT pg_backend_pid() AS pid');
    return rows;
  };

  test('keeps a session that is asked nothing', async () => {
    silent();
    const before = await session();
    silent();
    expect(await session()).toEqual(before);
  });

  test.each<[string, unknown[]]>([
    ['SELECT pg_sleep(60)', []],
    ['SELECT pg_sleep($1)', [60]],
  ])('gives up a session that owes an answer to %s, after a lull too', async (text, values) => {
    await session();
    silent();
    const answer = patient.query(text, values);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    silent();
    await expect(answer).rejects.toThrow('PostgreSQL has not answered for 600000 ms');
  });
});
