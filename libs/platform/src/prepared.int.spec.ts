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

test('what is asked in one turn goes out in one piece', async () => {
  const sent = countPieces(connectionOf(client).stream);
  const answers = await Promise.all([
    client.query('START TRANSACTION'),
    client.query('SELECT $1::int AS n', [1]),
    client.query('SELECT $1::int AS n', [2]),
    client.query('COMMIT'),
  ]);
  expect(answers.slice(1, 3).map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  expect(sent()).toBe(1);
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

  test('gives up a session that owes an answer, after a lull too', async () => {
    await session();
    silent();
    const answer = patient.query('SELECT pg_sleep(60)');
    silent();
    await expect(answer).rejects.toThrow('PostgreSQL has not answered for 600000 ms');
  });
});
