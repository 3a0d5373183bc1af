import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { requireMayCreate } from './setup/databases.mjs';
import { runCommand } from './setup/ending.mjs';
import { findPostgres } from './setup/postgres.mjs';
import { run } from './setup/process.mjs';
import { findRabbitMq } from './setup/rabbitmq.mjs';
import { prepare } from './setup/setup.mjs';

await runCommand(async (ending) => {
  const setup = await prepare(ending);
  const found = await findPostgres(setup, ['SUPPING_TEST_DATABASE_URL', 'DATABASE_URL']);
  requireMayCreate(found);
  const { url: amqpUrl } = await findRabbitMq(setup, ['SUPPING_TEST_AMQP_URL', 'AMQP_URL']);
  await build(setup);
  const { status, passed, failed } = await runJest(setup, found.url, amqpUrl, process.argv.slice(2));
  // The line is the last there is: what was started stops before it.
  const clean = await ending.run();
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return clean && status === 0 && failed === 0 && passed > 0 ? 0 : 1;
});

/**
 * @param {import('./setup/setup.mjs').Setup} setup
 * @param {string} databaseUrl
 * @param {string} amqpUrl
 * @param {readonly string[]} args
 * @returns {Promise<{ status: number, passed: number, failed: number }>}
 */
async function runJest({ root, env, ending }, databaseUrl, amqpUrl, args) {
  const folder = await mkdtemp(join(tmpdir(), 'supping-test-'));
  ending.add(`removing ${folder}`, () => rm(folder, { recursive: true, force: true }));
  const counts = join(folder, 'counts.json');
  const settings = {
    SUPPING_TEST_DATABASE_URL: databaseUrl,
    DATABASE_URL: databaseUrl,
    SUPPING_TEST_AMQP_URL: amqpUrl,
    AMQP_URL: amqpUrl,
    SUPPING_TEST_COUNTS: counts,
  };
  // Last: jest takes words after `--reporters` for more of them.
  const reporters = ['--reporters=default', `--reporters=${root}tools/setup/count-reporter.mjs`];
  const jest = [
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    `${root}node_modules/jest/bin/jest.js`,
    ...args,
    ...reporters,
  ];
  const { code } = await run(process.execPath, jest, { cwd: root, env: { ...env, ...settings }, signal: ending.signal, output: 'inherit' });
  const text = await readFile(counts, 'utf8').catch(() => '{"passed":0,"failed":0}');
  const { passed, failed } = JSON.parse(text);
  // Jest can fail without a test that does: a configuration it cannot read, a coverage threshold.
  return { status: code, passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}
