import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase, dropTopology, eventually, freePort, type TestDatabase, testAmqpUrl, testTopology } from '#testing';

const START = new URL('./start.mjs', import.meta.url).pathname;

interface Started {
  readonly child: ChildProcess;
  readonly output: () => { readonly out: string; readonly err: string };
  readonly status: Promise<number | null>;
}

function start(env: NodeJS.ProcessEnv): Started {
  // A process group of its own, as a terminal gives it, for Ctrl-C to reach all of it.
  const child = spawn(process.execPath, [START], { env: { ...process.env, ...env }, detached: true });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  return { child, output: () => ({ out, err }), status: once(child, 'close').then(([code]) => code as number | null) };
}

async function ports() {
  const [order, supp, merger] = await Promise.all([freePort(), freePort(), freePort()]);
  return { ORDER_SERVICE_PORT: String(order), SUPP_SERVICE_PORT: String(supp), MERGER_WORKER_PORT: String(merger) };
}

describe('npm start', () => {
  const topology = testTopology(2);
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase(async () => undefined);
  });
  afterEach(async () => {
    await dropTopology(topology, {
      subscriptions: ['merger', 'order-service', 'supp-service'],
      rpc: ['order.resend', 'order.heads', 'supplement.resend', 'supplement.heads', 'effective-order.revision'],
    });
    await database.drop();
  });

  test.each([
    ['Ctrl-C, which all of its processes get', 'SIGINT', (pid: number) => -pid],
    ['SIGTERM, which it alone gets', 'SIGTERM', (pid: number) => pid],
  ] as const)(
    'runs everything until %s, and leaves no process',
    async (_, signal, target) => {
      const settings = {
        ...(await ports()),
        DATABASE_URL: database.url,
        AMQP_URL: testAmqpUrl(),
        SUPPING_PREFIX: topology.prefix,
        SUPPING_SHARDS: '2',
      };
      const { child, output, status } = start(settings);
      const pid = child.pid ?? 0;
      await eventually(
        () => {
          expect(child.exitCode).toBeNull();
          expect(output().out).toContain('Supping is running');
        },
        { timeoutMs: 90_000 },
      );
      for (const port of [settings.ORDER_SERVICE_PORT, settings.SUPP_SERVICE_PORT, settings.MERGER_WORKER_PORT]) {
        expect(output().out).toContain(`http://localhost:${port}/docs`);
        expect((await fetch(`http://localhost:${port}/health/ready`)).status).toBe(200);
      }
      process.kill(target(pid), signal);
      expect({ status: await status, err: output().err }).toEqual({ status: 0, err: '' });
      expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
    },
    120_000,
  );
});

describe('npm start ends at once with status 1 and one line', () => {
  test('on a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { output, status } = start({ ...(await ports()), SUPP_SERVICE_PORT: String(port) });
    expect(await status).toBe(1);
    expect(output()).toEqual({ out: '', err: `SUPP_SERVICE_PORT: ${port} is taken by another program; set another one\n` });
    server.close();
  });

  test('on a database that cannot be reached', async () => {
    const port = await freePort();
    const { output, status } = start({ ...(await ports()), DATABASE_URL: `postgres://me:secret@localhost:${port}/it` });
    expect(await status).toBe(1);
    expect(output()).toEqual({ out: '', err: `DATABASE_URL: no PostgreSQL server answers at localhost:${port} (connection refused)\n` });
  });

  test('on a broker that cannot be reached', async () => {
    const port = await freePort();
    const { output, status } = start({ ...(await ports()), AMQP_URL: `amqp://localhost:${port}` });
    expect(await status).toBe(1);
    expect(output().err).toBe(`AMQP_URL: no RabbitMQ server answers at localhost:${port} (connection refused)\n`);
  });
});
