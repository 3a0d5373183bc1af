import { describe, expect, it } from '@jest/globals';
import { usualPolicy } from '#order-model';
import { readConfig } from './config.js';
import { SettingError } from './setting-error.js';

const read = (env: NodeJS.ProcessEnv) => readConfig('order-service', 3001, env);

function refusal(env: NodeJS.ProcessEnv): SettingError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof SettingError) return error;
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('readConfig', () => {
  it('given nothing, has a default for everything', () => {
    expect(read({})).toEqual({
      name: 'order-service',
      port: 3001,
      host: '127.0.0.1',
      databaseUrl: 'postgres://supping:supping@localhost:5432/supping',
      databaseTimeoutMs: 15_000,
      amqpUrl: 'amqp://guest:guest@localhost:5672',
      prefix: 'supping.',
      shards: 8,
      bodyLimit: 4 * 1024 * 1024,
      bodiesLimit: 64 * 1024 * 1024,
      outboxLimit: 100_000,
      policy: usualPolicy,
    });
  });

  it('given empty settings, takes the defaults', () => {
    const names = [
      'PORT',
      'HOST',
      'DATABASE_URL',
      'AMQP_URL',
      'SUPPING_PREFIX',
      'SUPPING_SHARDS',
      'SUPPING_BODY_LIMIT',
      'SUPPING_DATABASE_TIMEOUT_MS',
    ];
    expect(read(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(read({}));
  });

  it('given settings, takes them', () => {
    const env = {
      PORT: '0',
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgresql://me:p%40ss@db:6432/orders?sslmode=require',
      AMQP_URL: 'amqps://me:secret@mq/v',
      SUPPING_PREFIX: 'test.a-1.',
      SUPPING_SHARDS: '100',
      SUPPING_BODY_LIMIT: '1024',
    };
    expect(read(env)).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      databaseUrl: env.DATABASE_URL,
      amqpUrl: env.AMQP_URL,
      prefix: 'test.a-1.',
      shards: 100,
      bodyLimit: 1024,
    });
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PORT', ' 3000'],
    ['SUPPING_SHARDS', '0'],
    ['SUPPING_SHARDS', '101'],
    ['SUPPING_SHARDS', '1e1'],
    ['SUPPING_BODY_LIMIT', '10'],
    ['SUPPING_BODY_LIMIT', '99999999999999999999'],
    ['SUPPING_DATABASE_TIMEOUT_MS', '0'],
    ['SUPPING_PREFIX', 'amq.mine.'],
    ['SUPPING_PREFIX', 'with space.'],
    ['SUPPING_PREFIX', 'p'.repeat(101)],
  ])('given %s=%s, names the setting and the value in one line', (name, value) => {
    const { setting, message } = refusal({ [name]: value });
    expect(setting).toBe(name);
    expect(message).toMatch(new RegExp(`^${name}: "${value}" is not .+$`));
  });

  it.each([
    ['DATABASE_URL', 'mysql://me:hidden@db/orders', 'postgres:// or postgresql://'],
    ['DATABASE_URL', 'me:hidden@db', 'postgres:// or postgresql://'],
    ['AMQP_URL', 'http://me:hidden@mq', 'amqp:// or amqps://'],
    ['AMQP_URL', 'mq:hidden', 'amqp:// or amqps://'],
  ])('given %s=%s, names the setting but not the password', (name, value, wanted) => {
    expect(refusal({ [name]: value }).message).toBe(`${name}: not a URL that begins with ${wanted}`);
  });
});
