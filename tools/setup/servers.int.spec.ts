import { describe, expect, test } from '@jest/globals';
import { freePort, testAmqpUrl, testDatabaseUrl } from '#testing';
import { Ending } from './ending.mjs';
import { findPostgres } from './postgres.mjs';
import { requirePostgres } from './postgres-login.mjs';
import { Progress } from './progress.mjs';
import { findRabbitMq } from './rabbitmq.mjs';
import { requireRabbitMq } from './rabbitmq-login.mjs';

const setup = (env: NodeJS.ProcessEnv) => ({ root: '/', env, ending: new Ending(), progress: new Progress({ write: () => true }) });

function changed(url: string, change: (url: URL) => void): string {
  const other = new URL(url);
  change(other);
  return other.href;
}

describe('a database that was named', () => {
  const url = testDatabaseUrl();

  test('is used as given, by the first variable that is set', async () => {
    const found = await findPostgres(setup({ DATABASE_URL: url }), ['SUPPING_TEST_DATABASE_URL', 'DATABASE_URL']);
    expect(found).toMatchObject({ url, setting: 'DATABASE_URL', mayCreate: true });
  });

  test.each([
    ['mysql://localhost', /^DATABASE_URL: not a URL that begins with postgres:\/\/ or postgresql:\/\/$/],
    [
      changed(url, (it) => Object.assign(it, { username: 'nobody-of-that-name', password: 'secret' })),
      /^DATABASE_URL: PostgreSQL refuses the user or password \(.+\)$/,
    ],
    [
      changed(url, (it) => Object.assign(it, { pathname: '/no_such_database' })),
      /^DATABASE_URL: there is no database "no_such_database" on that PostgreSQL server$/,
    ],
  ])('%s is refused in one line', async (named, line) => {
    await expect(requirePostgres('DATABASE_URL', named)).rejects.toThrow(line);
    await expect(requirePostgres('DATABASE_URL', named)).rejects.not.toThrow(/secret|\n/);
  });

  test('where nobody answers is refused in one line', async () => {
    const port = await freePort();
    await expect(requirePostgres('DATABASE_URL', `postgres://me@localhost:${port}/it`)).rejects.toThrow(
      new RegExp(`^DATABASE_URL: no PostgreSQL server answers at localhost:${port} \\(connection refused\\)$`),
    );
  });
});

describe('a broker that was named', () => {
  const url = testAmqpUrl();

  test('is used as given', async () => {
    expect(await findRabbitMq(setup({ AMQP_URL: url }))).toMatchObject({ url });
  });

  test.each([
    ['http://localhost', /^AMQP_URL: not a URL that begins with amqp:\/\/ or amqps:\/\/$/],
    [
      changed(url, (it) => Object.assign(it, { username: 'nobody', password: 'secret' })),
      /^AMQP_URL: RabbitMQ refuses the user or password$/,
    ],
    [
      changed(url, (it) => Object.assign(it, { pathname: '/no-such-host' })),
      /^AMQP_URL: RabbitMQ has no virtual host "no-such-host" for this user$/,
    ],
  ])('%s is refused in one line', async (named, line) => {
    await expect(requireRabbitMq('AMQP_URL', named)).rejects.toThrow(line);
    await expect(requireRabbitMq('AMQP_URL', named)).rejects.not.toThrow(/secret|\n/);
  });

  test('where nobody answers is refused in one line', async () => {
    const port = await freePort();
    await expect(requireRabbitMq('AMQP_URL', `amqp://localhost:${port}`)).rejects.toThrow(
      new RegExp(`^AMQP_URL: no RabbitMQ server answers at localhost:${port} \\(connection refused\\)$`),
    );
  });
});
