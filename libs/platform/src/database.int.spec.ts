import { createServer } from 'node:net';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { anyLength, isTransient } from '#messaging';
import { eventually, freePort, withDatabase } from '#testing';
import { readConfig } from './config.js';
import { type DatabaseOptions, openDatabase } from './database.module.js';
import { isOutage, isRetryable } from './outage.js';
import { SettingError } from './setting-error.js';

const empty = withDatabase(async () => undefined);
const opened: DataSource[] = [];
afterAll(() => Promise.all(opened.map((database) => (database.isInitialized ? database.destroy() : undefined))));

class Things1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE things.thing (id int PRIMARY KEY)');
    // Long enough for the other replica to come to the same place.
    await runner.query('SELECT pg_sleep(0.2)');
    await runner.query('INSERT INTO things.thing VALUES (1)');
  }
  async down(): Promise<void> {}
}
class Broken1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE broken.half (id int)');
    await runner.query('CREATE TABLE broken.half (id int)');
  }
  async down(): Promise<void> {}
}

const things: DatabaseOptions = { schema: 'things', migrations: [Things1700000000001] };
const PASSWORD = 'tell-nobody';

async function open(url: string, options = things): Promise<DataSource> {
  const database = await openDatabase(readConfig('order-service', 3001, { DATABASE_URL: url }), options);
  opened.push(database);
  return database;
}

function changed(change: (url: URL) => void): string {
  const url = new URL(empty.url);
  url.password = PASSWORD;
  change(url);
  return url.href;
}

async function refusal(url: string, options = things): Promise<SettingError> {
  const error = await open(url, options).then(
    () => new Error('the database was opened'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SettingError)) throw error;
  return error;
}

describe('openDatabase', () => {
  it('given two replicas that start together, migrates once', async () => {
    const [one, two] = await Promise.all([open(empty.url), open(empty.url)]);
    expect(await one.query('SELECT id FROM things.thing')).toEqual([{ id: 1 }]);
    expect(await two.query('SELECT name FROM things.migrations')).toEqual([{ name: 'Things1700000000001' }]);
    expect(
      await one.query(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      ),
    ).toEqual([]);
  });

  it('given a URL that begins with postgresql:// and has options, takes it', async () => {
    const url = `${empty.url.replace(/^postgres:/, 'postgresql:')}?application_name=ours&sslmode=disable`;
    expect(await (await open(url)).query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('given nobody who asks anything for an hour, keeps its sessions with what they have prepared', async () => {
    const database = await open(empty.url);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
    try {
      const session = (): Promise<unknown> => database.query('SELECT pg_backend_pid() AS pid');
      const before = await session();
      jest.advanceTimersByTime(3_600_000);
      expect(await session()).toEqual(before);
    } finally {
      jest.useRealTimers();
    }
  });

  it('given idle connections that the server ends, goes on with new ones', async () => {
    const database = await open(empty.url);
    const killer = await open(empty.url);
    await killer.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await eventually(async () => {
      const answer: unknown = await database.query('SELECT 1 AS one').catch((error: unknown) => error);
      if (answer instanceof Error) expect(isOutage(answer)).toBe(true);
      expect(answer).toEqual([{ one: 1 }]);
    });
  });

  it('given a migration that fails, leaves nothing of it, no connection and no turn taken', async () => {
    const broken: DatabaseOptions = { schema: 'broken', migrations: [Broken1700000000002] };
    await expect(open(empty.url, broken)).rejects.toThrow('already exists');
    await expect(open(empty.url, broken)).rejects.toThrow('already exists');
    const watching = await open(empty.url);
    expect(await watching.query("SELECT 1 FROM pg_tables WHERE schemaname = 'broken' AND tablename = 'half'")).toEqual([]);
  });
});

describe('openDatabase names DATABASE_URL in one line, without its password,', () => {
  const oneLine = (error: SettingError, why: RegExp): void => {
    expect(error.message).toMatch(/^DATABASE_URL: [^\n]+$/);
    expect(error.message).toMatch(why);
    expect(error.message).not.toContain(PASSWORD);
  };

  it('given a user that the server does not let in', async () => {
    const url = changed((it) => {
      it.username = 'supping_nobody';
    });
    oneLine(await refusal(url), /refuses the user or password/);
  });

  it('given an unknown database', async () => {
    const url = changed((it) => {
      it.pathname = '/supping_no_such_database';
    });
    oneLine(await refusal(url), /does not exist/);
  });

  it('given a port where nothing listens', async () => {
    const port = await freePort();
    for (const host of ['127.0.0.1', 'localhost']) {
      oneLine(await refusal(`postgres://me:${PASSWORD}@${host}:${port}/orders`), /no PostgreSQL server answers there/);
    }
  });

  it('given a host that does not exist', async () => {
    oneLine(await refusal(`postgres://me:${PASSWORD}@no-such-host.invalid/orders`), /no PostgreSQL server answers there/);
  });

  it('given a server that takes the connection and never answers', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    const port = await new Promise<number>((resolve) => {
      silent.once('listening', () => resolve((silent.address() as { port: number }).port));
    });
    try {
      oneLine(await refusal(`postgres://me:${PASSWORD}@127.0.0.1:${port}/orders`), /no PostgreSQL server answers there/);
    } finally {
      silent.close();
    }
  }, 20_000);

  it('given a server that speaks something else', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    const port = await new Promise<number>((resolve) => {
      other.once('listening', () => resolve((other.address() as { port: number }).port));
    });
    try {
      oneLine(await refusal(`postgres://me:${PASSWORD}@127.0.0.1:${port}/orders`), /PostgreSQL/);
    } finally {
      other.close();
    }
  });

  it('given a user that may not make the schema', async () => {
    const owner = await open(empty.url);
    const role = `supping_test_${process.pid}`;
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    try {
      const url = changed((it) => {
        it.username = role;
      });
      oneLine(await refusal(url, { schema: 'forbidden', migrations: [] }), /may not do what the service needs/);
    } finally {
      await owner.query(`DROP ROLE ${role}`);
    }
  });
});

describe('a connection of the pool', () => {
  it('given statements asked in one turn of a transaction, answers each with its own rows', async () => {
    const database = await open(empty.url);
    const answers = await database.transaction((tx) =>
      Promise.all(Array.from({ length: 50 }, (_, n) => tx.query<{ n: number }[]>('SELECT $1::int AS n', [n]))),
    );
    expect(answers.flat().map(({ n }) => n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('given one of them that fails, tells its error, not that of those behind it, and undoes all', async () => {
    const database = await open(empty.url);
    const work = database.transaction((tx) =>
      Promise.all([
        tx.query('INSERT INTO things.thing VALUES ($1)', [70]),
        tx.query('INSERT INTO things.thing VALUES ($1)', [1]),
        tx.query('INSERT INTO things.thing VALUES ($1)', [71]),
      ]),
    );
    await expect(work).rejects.toMatchObject({ code: '23505' });
    expect(await database.query('SELECT id FROM things.thing WHERE id > $1', [69])).toEqual([]);
  });

  it('given a statement with values, prepares it once and goes by an index, however small the table was then', async () => {
    const database = await open(empty.url);
    await database.transaction(async (tx) => {
      for (let id = 1; id <= 10; id += 1) await tx.query('SELECT id FROM things.thing WHERE id = ANY($1::int[])', [[id]]);
      const prepared: { statement: string }[] = await tx.query('SELECT statement FROM pg_prepared_statements');
      expect(prepared.filter(({ statement }) => statement.includes('things.thing WHERE id = ANY'))).toHaveLength(1);
      const plan: Record<string, string>[] = await tx.query('EXPLAIN SELECT id FROM things.thing WHERE id = ANY(ARRAY[1, 2])');
      expect(plan.map((line) => line['QUERY PLAN']).join()).toMatch(/Index/);
    });
  });

  it('given short lists, plans for each, but not where any length is said to do', async () => {
    const database = await open(empty.url);
    await database.transaction(async (tx) => {
      const plannedOnce = async (list: string): Promise<boolean> => {
        const text = `SELECT t.id FROM unnest(${list}) AS w(id) JOIN things.thing t ON t.id = w.id::int`;
        for (let n = 0; n < 10; n += 1) await tx.query(text, [['1']]);
        const [{ generic_plans }] = await tx.query('SELECT generic_plans FROM pg_prepared_statements WHERE statement = $1', [text]);
        return Number(generic_plans) > 0;
      };
      expect([await plannedOnce('$1::text[]'), await plannedOnce(anyLength('$1'))]).toEqual([false, true]);
    });
  });

  it('given a column whose type a newer replica changes, fails once in a way that is tried again, and then reads it', async () => {
    const [old, newer] = [await open(empty.url), await open(empty.url)];
    await old.query('CREATE TABLE things.changing (value int)');
    await old.query('INSERT INTO things.changing VALUES ($1)', [1]);
    const read = (): Promise<{ value: unknown }[]> =>
      old.transaction((tx) => tx.query('SELECT value FROM things.changing WHERE value::text = $1', ['1']));
    expect(await read()).toEqual([{ value: 1 }]);
    await newer.query('ALTER TABLE things.changing ALTER COLUMN value TYPE text');
    const error = await read().catch((reason: unknown) => reason);
    expect([isTransient(error), isRetryable(error) || isOutage(error)]).toEqual([true, true]);
    expect(await read()).toEqual([{ value: '1' }]);
  });
});
