import type { Policy } from '#order-model';
import { policyOf } from './policy.js';
import { SettingError } from './setting-error.js';

export interface ServiceConfig {
  readonly name: string;
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string;
  /** Longest that PostgreSQL may be silent on a connection, milliseconds; then it is given up: 503. More than the outbox relay's pings are apart. */
  readonly databaseTimeoutMs: number;
  readonly amqpUrl: string;
  /** Prefix of every RabbitMQ name of this deployment. */
  readonly prefix: string;
  /** Fixed number of slices of all orders; the same for every service of a deployment. */
  readonly shards: number;
  /** Largest request body, bytes. */
  readonly bodyLimit: number;
  /** Bodies of requests that are not answered yet, bytes together; beyond it writers are turned away. */
  readonly bodiesLimit: number;
  /** Events waiting in the outbox; from there on writers are turned away. */
  readonly outboxLimit: number;
  readonly policy: Policy;
}

/** A setting that is a whole number. @throws SettingError naming it */
export function readInteger(env: NodeJS.ProcessEnv, setting: string, fallback: number, least: number, most: number): number {
  const raw = env[setting];
  if (raw === undefined || raw === '') return fallback;
  const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new SettingError(setting, `${JSON.stringify(raw)} is not a whole number from ${least} to ${most}`);
}

function url(env: NodeJS.ProcessEnv, setting: string, fallback: string, protocols: readonly string[]): string {
  const raw = env[setting] || fallback;
  const parsed = URL.canParse(raw) ? new URL(raw) : undefined;
  if (parsed !== undefined && protocols.includes(parsed.protocol)) return raw;
  throw new SettingError(setting, `not a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);
}

/** AMQP names are at most 255 bytes and may not begin with `amq.`; the prefix stands before each. */
function namePrefix(env: NodeJS.ProcessEnv, setting: string, fallback: string): string {
  const raw = env[setting] || fallback;
  if (/^(?!amq\.)[A-Za-z0-9_.:-]{1,100}$/.test(raw)) return raw;
  throw new SettingError(setting, `${JSON.stringify(raw)} is not 1 to 100 letters, digits and _ . : - that do not begin with amq.`);
}

/**
 * The settings of one service from the environment.
 * @throws SettingError naming the first setting that cannot be used.
 */
export function readConfig(name: string, defaultPort: number, env: NodeJS.ProcessEnv): ServiceConfig {
  return {
    name,
    port: readInteger(env, 'PORT', defaultPort, 0, 65_535),
    host: env.HOST || '127.0.0.1',
    databaseUrl: url(env, 'DATABASE_URL', 'postgres://supping:supping@localhost:5432/supping', ['postgres:', 'postgresql:']),
    databaseTimeoutMs: readInteger(env, 'SUPPING_DATABASE_TIMEOUT_MS', 15_000, 5_000, 600_000),
    amqpUrl: url(env, 'AMQP_URL', 'amqp://guest:guest@localhost:5672', ['amqp:', 'amqps:']),
    prefix: namePrefix(env, 'SUPPING_PREFIX', 'supping.'),
    shards: readInteger(env, 'SUPPING_SHARDS', 8, 1, 100),
    bodyLimit: readInteger(env, 'SUPPING_BODY_LIMIT', 4 * 1024 * 1024, 1024, 12 * 1024 * 1024),
    bodiesLimit: readInteger(env, 'SUPPING_BODIES_LIMIT', 64 * 1024 * 1024, 1024 * 1024, 4 * 1024 * 1024 * 1024),
    outboxLimit: readInteger(env, 'SUPPING_OUTBOX_LIMIT', 100_000, 1, 100_000_000),
    policy: policyOf(env),
  };
}
