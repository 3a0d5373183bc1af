import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { build } from './build.mjs';
import { runCommand, SetupError } from './ending.mjs';
import { ensurePackage } from './packages.mjs';
import { run } from './process.mjs';
import { prepare } from './setup.mjs';

/**
 * Runs `dist/<name>/main.js`, which starts a PostgreSQL and a RabbitMQ of its own, with the arguments of this process;
 * ends the process with its status.
 * @param {string} name
 * @param {readonly string[]} flags of its Node.js
 */
export async function runOnOwnServers(name, flags = []) {
  await runCommand(async (ending) => {
    const setup = await prepare(ending);
    await ensurePrograms(setup, `npm run ${name}`);
    await build(setup);
    const main = ['--enable-source-maps', ...flags, `${setup.root}dist/${name}/main.js`, ...process.argv.slice(2)];
    const { code } = await run(process.execPath, main, { cwd: setup.root, env: setup.env, signal: ending.signal, output: 'inherit' });
    return code;
  });
}

/**
 * The programs of both servers, installed where they are missing; none of the machine's own servers is started or asked.
 * @param {import('./setup.mjs').Setup} setup
 * @param {string} command what needs them, for the message that says so
 * @throws {SetupError} where one cannot be installed
 */
async function ensurePrograms(setup, command) {
  /** @type {string[]} */
  const tried = [];
  const postgres = (await hasPostgres()) || (await ensurePackage(setup, { package: 'postgresql', command: 'pg_lsclusters', tried }));
  const rabbit = await ensurePackage(setup, { package: 'rabbitmq-server', command: 'rabbitmq-server', tried });
  if (!postgres || (!rabbit && !(await isOnPath('rabbitmq-server')))) {
    throw new SetupError(`${command} starts a PostgreSQL and a RabbitMQ of its own and needs their programs: ${tried.join('; ')}`);
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
