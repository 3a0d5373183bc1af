import { afterEach, beforeEach, expect, test } from '@jest/globals';
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
