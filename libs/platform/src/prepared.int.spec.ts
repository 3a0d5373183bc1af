import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withDatabase } from '#testing';
import { PreparingClient } from './prepared.js';

const database = withDatabase(async () => undefined);
let client: PreparingClient;
beforeEach(async () => {
  client = new PreparingClient({ connectionString: database.url });
  await client.connect();
});
afterEach(() => client.end());

/** Counts the pieces that go to the kernel from now on. */
function pieces(): () => number {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  let count = 0;
  for (const name of ['_write', '_writev'] as const) {
    const write = (stream[name] as (...given: unknown[]) => void).bind(stream);
    stream[name] = (...given: unknown[]) => {
      count += 1;
      write(...given);
    };
  }
  return () => count;
}

test('what is asked in one turn goes out in one piece', async () => {
  const sent = pieces();
  const answers = await Promise.all([
    client.query('START TRANSACTION'),
    client.query('SELECT $1::int AS n', [1]),
    client.query('SELECT $1::int AS n', [2]),
    client.query('COMMIT'),
  ]);
  expect(answers.slice(1, 3).map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  expect(sent()).toBe(1);
});
