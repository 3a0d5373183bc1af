import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { build } from './setup/build.mjs';
import { runCommand, SetupError } from './setup/ending.mjs';
import { ensurePackage } from './setup/packages.mjs';
import { run } from './setup/process.mjs';
import { prepare } from './setup/setup.mjs';

await runCommand(async (ending) => {
  const setup = await prepare(ending);
  await ensureServers(setup);
  await build(setup);
  const main = ['--enable-source-maps', `${setup.root}dist/chaos/main.js`, ...process.argv.slice(2)];
  const { code } = await run(process.execPath, main, { cwd: setup.root, env: setup.env, signal: ending.signal, output: 'inherit' });
  return code;
});

/**
 * The programs of both servers, installed where they are missing; none of the machine's own servers is started or asked.
 * @param {import('./setup/setup.mjs').Setup} setup
 */
async function ensureServers(setup) {
  /** @type {string[]} */
  const tried = [];
  const postgres = (await hasPostgres()) || (await ensurePackage(setup, { package: 'postgresql', command: 'pg_lsclusters', tried }));
  const rabbit = await ensurePackage(setup, { package: 'rabbitmq-server', command: 'rabbitmq-server', tried });
  if (!postgres || (!rabbit && !(await isOnPath('rabbitmq-server')))) {
    throw new SetupError(`npm run chaos starts a PostgreSQL and a RabbitMQ of its own and needs their programs: ${tried.join('; ')}`);
  }
}

async function hasPostgres() {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  return versions.some((version) => existsSync(`/usr/lib/postgresql/${version}/bin/initdb`)) || (await isOnPath('initdb'));
}

/** @param {string} command */
async function isOnPath(command) {
  return (await run('sh', ['-c', `command -v ${command}`])).code === 0;
}
