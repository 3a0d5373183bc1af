import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Postgres } from '../../chaos/servers/postgres.js';
import { RabbitMq } from '../../chaos/servers/rabbitmq.js';

/**
 * Of a server that is meant for it: the log is not written twice for lack of room, and a checkpoint is no part of a round. It has as many
 * buffers as come with it: within seconds every session has touched all of them, as on a server that has run for days. A first touch is a
 * fault of the page, and where that is dear a new gigabyte would be paid for through all of a run.
 */
const POSTGRES_SETTINGS = { max_wal_size: '8GB', checkpoint_timeout: '30min' };

/** Counts and times every statement; costs a little, so only where that is asked for. */
const WITH_STATEMENTS = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_planning': 'on' };

/** A PostgreSQL and a RabbitMQ of this run's own, for us and for what we are held against. */
export interface Servers {
  readonly postgres: Postgres;
  readonly rabbit: RabbitMq;
  readonly versions: { readonly node: string; readonly postgres: string; readonly rabbitmq: string };
  readonly signal: AbortSignal;
  /** What runs on them; ended before they are. */
  readonly open: Set<{ close(): Promise<void> }>;
  closeDeployments(): Promise<void>;
  close(): Promise<void>;
}

export async function openServers(signal: AbortSignal, statements = false): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'supping-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const open: Servers['open'] = new Set();
  const closeDeployments = async (): Promise<void> => {
    for (const one of open) await one.close();
  };
  const close = async (): Promise<void> => {
    await closeDeployments();
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    // The servers run as other users.
    await chmod(folder, 0o755);
    const postgres = await Postgres.start(folder, signal, { ...POSTGRES_SETTINGS, ...(statements ? WITH_STATEMENTS : {}) });
    undo.push(() => postgres.stop());
    const rabbit = await RabbitMq.start(folder, 1, signal);
    undo.push(() => rabbit.stop());
    await assertDurable(postgres);
    const [row] = await postgres.query<{ server_version: string }>('SHOW server_version');
    const versions = {
      node: process.version,
      postgres: row?.server_version ?? 'unknown',
      rabbitmq: (await rabbit.alive.control('version')).trim(),
    };
    return { postgres, rabbit, versions, signal, open, closeDeployments, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws Error when a commit could be lost with the machine */
async function assertDurable(postgres: Postgres): Promise<void> {
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const [row] = await postgres.query<{ setting: string }>('SELECT current_setting($1) AS setting', [name]);
    if (row?.setting !== 'on') throw new Error(`PostgreSQL has ${name} = ${row?.setting}; a run without it says nothing`);
  }
}
