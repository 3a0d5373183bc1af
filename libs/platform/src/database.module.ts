import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { isTransient, LOOK_UP_BY_KEY } from '#messaging';
import { type ServiceConfig } from './config.js';
import { PreparingClient } from './prepared.js';
import { SettingError } from './setting-error.js';

export interface DatabaseOptions {
  /** Schema of this service; no other service reads it. */
  readonly schema: string;
  readonly migrations: readonly (new () => MigrationInterface)[];
}

const CONNECT_TIMEOUT_MS = 5_000;
const POOL = 8;

/**
 * A connection before anyone has it. Whoever takes one from the pool listens to its errors a moment after it was made; a
 * server that ends it just then would end the process, so they are heard from the first on: the query that is under way or
 * comes next tells of it.
 */
const prepare = async (connection: pg.Client): Promise<void> => {
  connection.on('error', () => undefined);
  await connection.query(LOOK_UP_BY_KEY);
};

/** @param silenceMs longest a statement may take; migrations take as long as they need. */
function dataSource(config: ServiceConfig, { schema, migrations }: DatabaseOptions, silenceMs?: number): DataSource {
  return new DataSource({
    type: 'postgres',
    url: config.databaseUrl,
    schema,
    migrations: [...migrations],
    migrationsTransactionMode: 'each',
    applicationName: config.name,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    extra: {
      max: POOL,
      // None is closed for being idle: whoever comes after a lull would wait for a session, and for every statement to be prepared anew.
      min: POOL,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      onConnect: prepare,
      Client: PreparingClient,
      silenceMs,
    },
    poolErrorHandler: () => undefined,
    logging: false,
  });
}

const isForbidden = (error: unknown): boolean => (error as { code?: unknown }).code === '42501';

/** What PostgreSQL or the network says → what that means to whoever set DATABASE_URL. */
const MEANINGS: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL refuses the user or password',
  '28000': 'PostgreSQL refuses the user or password',
  '3D000': 'that database does not exist on the PostgreSQL server',
  '42501': 'its user may not do what the service needs (CREATE on the database, its own schema)',
  '53300': 'the PostgreSQL server has no connection left',
  ECONNREFUSED: 'no PostgreSQL server answers there',
  ENOTFOUND: 'no PostgreSQL server answers there',
  EAI_AGAIN: 'no PostgreSQL server answers there',
  ETIMEDOUT: 'no PostgreSQL server answers there',
  EHOSTUNREACH: 'no PostgreSQL server answers there',
};

/** What is wrong with DATABASE_URL, in one line and without its password. */
function settingError(error: unknown): SettingError {
  const { code, message } = error as { code?: string; message?: string };
  const timedOut = /timeout expired|timeout exceeded|connection timeout/.test(message ?? '');
  const why = MEANINGS[timedOut ? 'ETIMEDOUT' : (code ?? '')] ?? 'PostgreSQL cannot be used';
  return new SettingError('DATABASE_URL', `${why} (${(message || code || 'no reason given').replaceAll(/\s+/g, ' ')})`);
}

async function opened(database: DataSource): Promise<DataSource> {
  try {
    return await database.initialize();
  } catch (error) {
    throw settingError(error);
  }
}

/** Creates what is missing; replicas that start together take turns. */
async function migrate(database: DataSource, schema: string): Promise<void> {
  const turn = database.createQueryRunner();
  try {
    await turn.query(`SELECT pg_advisory_lock(hashtextextended('supping migrations of ' || $1, 0))`, [schema]);
    await turn.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await database.runMigrations();
  } catch (error) {
    throw isTransient(error) || isForbidden(error) ? settingError(error) : error;
  } finally {
    await turn.release();
    // Ends the connections, and with them the turn.
    await database.destroy();
  }
}

/**
 * Connects to the service's database and brings its schema up to date; replicas that start together take turns.
 * @throws SettingError naming DATABASE_URL when the server cannot be reached or refuses the login.
 */
export async function openDatabase(config: ServiceConfig, options: DatabaseOptions): Promise<DataSource> {
  await migrate(await opened(dataSource(config, options)), options.schema);
  return opened(dataSource(config, options, config.databaseTimeoutMs));
}

/** Gives the service's `DataSource` to whoever asks; it is opened before and closed after the application. */
@Module({})
export class DatabaseModule {
  static forRoot(database: DataSource): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: DataSource, useValue: database }],
      exports: [DataSource],
    };
  }
}
