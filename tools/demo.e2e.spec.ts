import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { freePort, testAmqpUrl, testDatabaseUrl } from '#testing';

const ROOT = new URL('..', import.meta.url).pathname;

async function demo(files: readonly string[], from: string) {
  const [order, supp, merger] = await Promise.all([freePort(), freePort(), freePort()]);
  const env = {
    ...process.env,
    ORDER_SERVICE_PORT: String(order),
    SUPP_SERVICE_PORT: String(supp),
    MERGER_WORKER_PORT: String(merger),
    DATABASE_URL: testDatabaseUrl(),
    AMQP_URL: testAmqpUrl(),
    INIT_CWD: from,
  };
  const run = promisify(execFile)(process.execPath, [`${ROOT}tools/demo.mjs`, ...files], { env, cwd: ROOT });
  return await run.then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ status: code, stdout, stderr }),
  );
}

async function demoDatabases(): Promise<number> {
  const client = new pg.Client({ connectionString: testDatabaseUrl() });
  await client.connect();
  const { rows } = await client.query(`SELECT FROM pg_database WHERE datname LIKE 'supping_demo_%'`);
  await client.end();
  return rows.length;
}

test('the demo plays files named from where its caller stands, on services of its own that leave nothing behind', async () => {
  const before = await demoDatabases();
  const { status, stdout, stderr } = await demo(['01-dmarc-after-site-survey.scenario.json'], `${ROOT}samples`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('1 as expected, 0 not');
  expect(await demoDatabases()).toBe(before);
}, 120_000);

test('the demo fails with its player', async () => {
  const { status, stdout } = await demo(['no-such-file.json'], '/');
  expect(status).toBe(1);
  expect(stdout).toContain('no-such-file.json');
}, 120_000);
