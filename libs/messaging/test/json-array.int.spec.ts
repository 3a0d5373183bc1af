import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { JsonText, jsonArray } from '#messaging';
import { withDatabase } from '#testing';
import { openDataSource } from './fixtures.js';

const database = withDatabase(async () => undefined);
let dataSource: DataSource;

beforeAll(async () => {
  dataSource = await openDataSource(database.url);
});
afterAll(() => dataSource.destroy());

/** What PostgreSQL takes it for: each document's text, in order. */
async function taken(documents: readonly unknown[]): Promise<(string | null)[]> {
  const rows = await dataSource.query<{ text: string | null }[]>(
    'SELECT document::text AS text FROM unnest($1::json[]) WITH ORDINALITY AS d(document, position) ORDER BY position',
    [jsonArray(documents)],
  );
  return rows.map(({ text }) => text);
}

test('PostgreSQL takes any documents to the letter', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue({ stringUnit: 'binary' }), { maxLength: 20 }), async (documents) => {
      expect(await taken(documents)).toEqual(documents.map((document) => JSON.stringify(document)));
    }),
  );
});

test('a document whose text is at hand is taken as that', async () => {
  expect(await taken([JsonText.of({ of: 'ä' }), new JsonText('{"as": "written"}')])).toEqual(['{"of":"ä"}', '{"as": "written"}']);
});

test('a document that is undefined is NULL, one that is null is none', async () => {
  expect(await taken([undefined, null, { a: undefined }])).toEqual([null, 'null', '{}']);
});

test('beside other columns each document stands in its own row', async () => {
  const rows = await dataSource.query(
    `SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (id text, number int), unnest($2::json[])) AS r (id, number, document)`,
    [JSON.stringify([{ id: 'a' }, { id: 'b', number: 2 }]), jsonArray([{ of: 'ä' }, { of: 'b' }])],
  );
  expect(rows).toEqual([
    { id: 'a', number: null, document: { of: 'ä' } },
    { id: 'b', number: 2, document: { of: 'b' } },
  ]);
});
