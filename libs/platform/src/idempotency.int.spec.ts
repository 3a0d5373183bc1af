import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import { eventually, withDatabase } from '#testing';
import {
  idempotencyTableSql,
  keyReused,
  type Remembered,
  readIdempotencyKey,
  recallKeys,
  rememberKeys,
  requestHash,
} from './idempotency.store.js';

const SCHEMA = 'keys';
const open = async (url: string): Promise<DataSource> => new DataSource({ type: 'postgres', url }).initialize();
const database = withDatabase(async (url) => {
  const source = await open(url);
  await source.query(`CREATE SCHEMA ${SCHEMA}`);
  await source.query(idempotencyTableSql(SCHEMA));
  await source.destroy();
});

let source: DataSource;
beforeAll(async () => {
  source = await open(database.url);
});
afterAll(() => source.destroy());

/** What a service does with a keyed POST: the first answer again, a refusal, or a new answer. */
async function post(tx: EntityManager, key: string, body: unknown, answer: string, scope = 'orders'): Promise<string> {
  const hash = requestHash(body);
  const [known] = await recallKeys(tx, SCHEMA, [{ scope, key }]);
  if (known !== undefined && known.hash !== hash) throw keyReused('this Idempotency-Key');
  if (known !== undefined) return known.answer;
  await rememberKeys(tx, SCHEMA, [{ scope, key, hash, answer }]);
  return answer;
}
const alone = (key: string, body: unknown, answer: string, scope?: string): Promise<string> =>
  source.transaction((tx) => post(tx, key, body, answer, scope));

async function waitingForLock(): Promise<void> {
  await eventually(async () => {
    const rows = await source.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    expect(rows).toHaveLength(1);
  });
}

describe('a remembered Idempotency-Key', () => {
  it('with the same body gives the first answer again', async () => {
    expect(await alone('again', { a: 1 }, 'first')).toBe('first');
    expect(await alone('again', { a: 1 }, 'second')).toBe('first');
  });

  it('with another body is refused', async () => {
    await alone('other', { a: 1 }, 'first');
    await expect(alone('other', { a: 2 }, 'second')).rejects.toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });

  it('is another one in another scope', async () => {
    expect(await alone('scoped', { a: 1 }, 'first', 'orders')).toBe('first');
    expect(await alone('scoped', { a: 2 }, 'second', 'supplements')).toBe('second');
  });

  it('makes a twin wait for the first, and gives it the first answer', async () => {
    let twin: Promise<string> | undefined;
    await source.transaction(async (tx) => {
      await post(tx, 'twin', { a: 1 }, 'first');
      twin = alone('twin', { a: 1 }, 'second');
      await waitingForLock();
    });
    expect(await twin).toBe('first');
  });

  it('that was rolled back is forgotten: the twin that waited makes the answer', async () => {
    let twin: Promise<string> | undefined;
    const first = source.transaction(async (tx) => {
      await post(tx, 'undone', { a: 1 }, 'first');
      twin = alone('undone', { a: 1 }, 'second');
      await waitingForLock();
      throw new Error('no room');
    });
    await expect(first).rejects.toThrow('no room');
    expect(await twin).toBe('second');
  });

  it('among very many at once has one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => alone('crowd', { a: 1 }, `answer ${n}`)));
    expect(new Set(answers).size).toBe(1);
  });

  it('in groups that name the same keys in opposite order never deadlocks', async () => {
    const keys = Array.from({ length: 50 }, (_, n) => ({ scope: 'group', key: `k${n}` }));
    const recall = (wanted: typeof keys): Promise<Remembered[]> => source.transaction((tx) => recallKeys(tx, SCHEMA, wanted));
    await Promise.all(Array.from({ length: 20 }, (_, n) => recall(n % 2 === 0 ? keys : keys.toReversed())));
  });

  it('of no request asks nothing', async () => {
    expect(await recallKeys(source.manager, SCHEMA, [])).toEqual([]);
    await rememberKeys(source.manager, SCHEMA, []);
  });
});

describe('readIdempotencyKey', () => {
  it.each(['a', '7f9c', 'with space', 'x'.repeat(200)])('given %j, takes it', (key) => {
    expect(readIdempotencyKey(key)).toBe(key);
  });

  it('given no header, has no key', () => {
    expect(readIdempotencyKey(undefined)).toBeUndefined();
  });

  it.each(['', 'x'.repeat(201), 'a\nb', 'é'])('given %j, refuses it', (key) => {
    expect(() => readIdempotencyKey(key)).toThrow('1 to 200 printable ASCII characters');
  });
});
