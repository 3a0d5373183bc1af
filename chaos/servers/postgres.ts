import { chown, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '#testing';
import { until } from '../waiting.js';
import { type Account, accountOf, Program, runProgram } from './programs.js';

const DATABASE = 'chaos';
const START_TIMEOUT_MS = 60_000;

/** A PostgreSQL of this run's own, on a free port of 127.0.0.1, as durable as it comes. */
export class Postgres {
  private server: Program | undefined;

  private constructor(
    /** Where its programs are. */
    readonly bin: string,
    private readonly data: string,
    private readonly account: Account | undefined,
    readonly port: number,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly signal: AbortSignal,
  ) {}

  /** Makes and starts one in `folder`. @param settings beside those that make it durable @throws Error when no PostgreSQL is installed */
  static async start(folder: string, signal: AbortSignal, settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
    const account = await accountOf('postgres');
    const data = join(folder, 'postgres');
    await mkdir(data, { mode: 0o700 });
    if (account !== undefined) await chown(data, account.uid, account.gid);
    const bin = await binaries();
    const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
    await runProgram(join(bin, 'initdb'), args, { account, cwd: data });
    const postgres = new Postgres(bin, data, account, await freePort(), settings, signal);
    try {
      await postgres.start();
      await postgres.query(`CREATE DATABASE ${DATABASE}`, [], 'postgres');
    } catch (error) {
      await postgres.stop();
      throw error;
    }
    return postgres;
  }

  /** Of the database, by another port when the way leads through a proxy. */
  url(port = this.port, database = DATABASE): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`;
  }

  /** Starts it, or starts it again, and waits until it takes logins. */
  async start(): Promise<void> {
    await until('PostgreSQL', START_TIMEOUT_MS, this.signal, async () => {
      // After a kill the shared memory stays in use until the last of the old backends has noticed.
      if (!this.server?.running) this.server = this.spawn();
      await this.query('SELECT 1', [], 'postgres');
      return true;
    });
  }

  get pid(): number {
    return this.server?.pid ?? -1;
  }

  /** As when its machine loses power: nothing is written any more. */
  async kill(): Promise<void> {
    await this.server?.signal('SIGKILL');
  }

  async stop(): Promise<void> {
    const server = this.server;
    if (server === undefined) return;
    const timer = setTimeout(() => server.send('SIGQUIT'), 10_000);
    await server.signal('SIGINT');
    clearTimeout(timer);
  }

  /** A session beside those of the services, not over any proxy. Its caller ends it. */
  async session(database = DATABASE): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url(this.port, database), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async query<R extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = [], database = DATABASE): Promise<R[]> {
    const client = await this.session(database);
    try {
      return (await client.query<R>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  private spawn(): Program {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.data,
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      max_connections: '200',
      shared_buffers: '128MB',
      ...this.settings,
    };
    const args = [
      '-D',
      this.data,
      '-p',
      String(this.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    // A group of its own: Ctrl-C is for this program, which ends the servers after the services.
    return new Program(join(this.bin, 'postgres'), args, { account: this.account, cwd: this.data, detached: true });
  }
}

/** Where the newest PostgreSQL installed by Debian's packages has its programs, else where PATH says. */
async function binaries(): Promise<string> {
  const versions = (await readdir('/usr/lib/postgresql').catch(() => [])).map(Number).filter((version) => version >= 15);
  if (versions.length > 0) return `/usr/lib/postgresql/${Math.max(...versions)}/bin`;
  return (await runProgram('pg_config', ['--bindir'])).trim();
}
