import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import pg from 'pg';

/** Brings a fresh database at `url` to the shape under test. */
export type Migrate = (url: string) => Promise<void>;

/** A database of one test file's own. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

/** A migrated database that others are cloned from; shared by every process that asks for it by the same name. */
export interface TemplateDatabase {
  readonly name: string;
  cloneDatabase(): Promise<TestDatabase>;
  /** Says that this process needs it no more; the last one drops it. */
  release(): Promise<void>;
}

/** The PostgreSQL tests run against: `SUPPING_TEST_DATABASE_URL`, `DATABASE_URL`, else the one on localhost. */
export function testDatabaseUrl(): string {
  return process.env['SUPPING_TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
}

/**
 * The jest run this process belongs to: host and process id of jest itself (a worker's parent), so that leftovers of
 * runs that were killed can be told from those that live.
 */
function runId(): string {
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
  return `${host}_${process.send ? process.ppid : process.pid}`;
}

function databaseUrl(name: string): string {
  const url = new URL(testDatabaseUrl());
  url.pathname = `/${name}`;
  return url.href;
}

async function withAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await connectAdmin();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function connectAdmin(): Promise<pg.Client> {
  const admin = new pg.Client({ connectionString: testDatabaseUrl() });
  await admin.connect();
  return admin;
}

/** Makes an empty database, migrates it, and gives it to the caller alone. */
export async function createDatabase(migrate: Migrate): Promise<TestDatabase> {
  await withAdmin(dropLeftovers);
  const database = await makeDatabase();
  try {
    await migrate(database.url);
  } catch (error) {
    await database.drop();
    throw error;
  }
  return database;
}

async function makeDatabase(template?: string): Promise<TestDatabase> {
  const name = `supping_test_${runId()}_${randomBytes(4).toString('hex')}`;
  await withAdmin((admin) => admin.query(`CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`));
  return {
    name,
    url: databaseUrl(name),
    async drop() {
      await withAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/**
 * The template of `service`, migrated by the first process of the jest run that asks. Whoever uses it holds a shared
 * advisory lock; the one that can take the lock alone when releasing it was the last and drops the template.
 */
export async function createTemplateDatabase(service: string, migrate: Migrate): Promise<TemplateDatabase> {
  const name = `supping_test_${runId()}_${createHash('sha256').update(service).digest('hex').slice(0, 8)}_template`;
  const admin = await connectAdmin();
  const inUse = `hashtextextended('in use: ${name}', 0)`;
  const making = `hashtextextended('making: ${name}', 0)`;
  await admin.query(`SELECT pg_advisory_lock(${making}), pg_advisory_lock_shared(${inUse})`);
  try {
    await dropLeftovers(admin);
    const { rows } = await admin.query<{ ready: boolean }>('SELECT datistemplate AS ready FROM pg_database WHERE datname = $1', [name]);
    if (rows[0]?.ready !== true) {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.query(`CREATE DATABASE ${name}`);
      await migrate(databaseUrl(name));
      await admin.query(`ALTER DATABASE ${name} WITH IS_TEMPLATE true`);
    }
    await admin.query(`SELECT pg_advisory_unlock(${making})`);
  } catch (error) {
    await admin.end();
    throw error;
  }
  return {
    name,
    cloneDatabase: () => makeDatabase(name),
    async release() {
      await admin.query(`SELECT pg_advisory_lock(${making}), pg_advisory_unlock_shared(${inUse})`);
      const { rows } = await admin.query<{ last: boolean }>(`SELECT pg_try_advisory_lock(${inUse}) AS last`);
      if (rows[0]?.last === true) await dropTemplate(admin, name);
      await admin.end();
    },
  };
}

async function dropTemplate(admin: pg.Client, name: string): Promise<void> {
  await admin.query(`ALTER DATABASE ${name} WITH IS_TEMPLATE false`);
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
}

/** Drops what runs of this host left behind whose jest is gone (killed, or the machine stopped). */
async function dropLeftovers(admin: pg.Client): Promise<void> {
  const host = runId().split('_')[0] ?? '';
  const { rows } = await admin.query<{ name: string; template: boolean }>(
    `SELECT datname AS name, datistemplate AS template FROM pg_database WHERE datname ~ $1`,
    [`^supping_test_${host}_[0-9]+_`],
  );
  for (const { name, template } of rows) {
    if (isAlive(Number(name.split('_')[3]))) continue;
    if (template) await dropTemplate(admin, name).catch(() => undefined);
    // Another process may be dropping it too.
    else await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
