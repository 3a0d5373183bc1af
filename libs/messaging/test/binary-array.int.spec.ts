import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { bigintArray, booleanArray, type Column, intArray, jsonArray, textArray, timestampArray } from '#messaging';
import { withDatabase } from '#testing';
import { openDataSource } from './fixtures.js';

const database = withDatabase(async () => undefined);
let dataSource: DataSource;

beforeAll(async () => {
  dataSource = await openDataSource(database.url);
});
afterAll(() => dataSource.destroy());

/** What PostgreSQL takes an array of a type for: each element as JSON, in order. */
async function taken<T>(type: string, array: Buffer): Promise<(T | null)[]> {
  const rows = await dataSource.query<{ value: T | null }[]>(
    `SELECT to_json(value) AS value FROM unnest($1::${type}[]) WITH ORDINALITY AS v(value, position) ORDER BY position`,
    [array],
  );
  return rows.map(({ value }) => value);
}

const orNull = <T>(values: Column<T>): (T | null)[] => values.map((value) => value ?? null);
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Column<T>> =>
  fc.array(fc.oneof({ weight: 4, arbitrary: value }, fc.constantFrom(undefined, null)), { maxLength: 20 });
const holds = <T>(value: fc.Arbitrary<T>, type: string, array: (values: Column<T>) => Buffer) =>
  fc.assert(
    fc.asyncProperty(some(value), async (values) => {
      expect(await taken(type, array(values))).toEqual(orNull(values));
    }),
  );

test('PostgreSQL takes any texts to the letter', () =>
  holds(
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
    'text',
    textArray,
  ));

test('PostgreSQL takes any whole numbers', async () => {
  await holds(fc.integer(), 'int', intArray);
  await holds(fc.maxSafeInteger(), 'bigint', bigintArray);
});

test('PostgreSQL takes truth values', () => holds(fc.boolean(), 'boolean', booleanArray));

test('PostgreSQL takes any instant for the one that it reads in the text', async () => {
  // A year of PostgreSQL's text has no sign, and none is 0.
  const date = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  const fraction = fc.stringMatching(/^(\.\d{1,6})?$/);
  const offset = fc.constantFrom('Z', '+00:00', '-11:30', '+05:45');
  const instant = fc.tuple(date, fraction, offset).map(([at, digits, from]) => `${at.toISOString().slice(0, 19)}${digits}${from}`);
  await fc.assert(
    fc.asyncProperty(
      some(
        fc.oneof(
          instant,
          date.map((at) => at.toISOString()),
        ),
      ),
      async (instants) => {
        const [row] = await dataSource.query<{ same: boolean }[]>(`SELECT $1::timestamptz[] = $2::text[]::timestamptz[] AS same`, [
          timestampArray(instants),
          textArray(instants),
        ]);
        expect(row).toEqual({ same: true });
      },
    ),
  );
});

test('half a surrogate pair is one replacement character, and its neighbours are left alone', async () => {
  expect(await taken('text', textArray(['a', 'ä\ud800', '\udc00', '\ud83d', '\ude00', 'z']))).toEqual(['a', 'ä�', '�', '�', '�', 'z']);
});

test('PostgreSQL refuses a text with U+0000', async () => {
  await expect(taken('text', textArray(['a', '\0', 'b']))).rejects.toMatchObject({ code: '22021' });
});

test('what the type cannot hold is thrown back before it is sent', () => {
  for (const value of [1.5, Number.NaN, 2 ** 31]) expect(() => intArray([value])).toThrow(RangeError);
  for (const value of [0.1, 2 ** 53]) expect(() => bigintArray([value])).toThrow(RangeError);
  expect(() => timestampArray(['soon'])).toThrow(RangeError);
});

test('columns beside each other are rows', async () => {
  const rows = await dataSource.query(
    'SELECT * FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::json[]) AS r (id, number, at, document)',
    [
      textArray(['ä', undefined]),
      intArray([undefined, 2]),
      timestampArray(['2027-03-01T12:00:00.5Z', undefined]),
      jsonArray([undefined, { of: 'b' }]),
    ],
  );
  expect(rows).toEqual([
    { id: 'ä', number: null, at: new Date('2027-03-01T12:00:00.500Z'), document: null },
    { id: null, number: 2, at: null, document: { of: 'b' } },
  ]);
});
