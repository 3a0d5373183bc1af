import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { SetupError } from './ending.mjs';
import { ensurePackage, hasSystemd } from './packages.mjs';
import { lastLine, pause, run } from './process.mjs';
import { tryRabbitMq } from './rabbitmq-login.mjs';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 60_000;

/**
 * Debian's RabbitMQ, installed where needed, and started; it stops at the end.
 * @param {import('./setup.mjs').Setup} setup
 * @param {string} url where it will answer
 * @param {string[]} tried
 * @returns {Promise<boolean>} whether it answers
 * @throws {SetupError} when it does not start
 */
export async function brokerByPackages(setup, url, tried) {
  const seen = await tryRabbitMq(url);
  // Whoever answers on the port now would be in the way of another one.
  if (!seen.ok && seen.reached) return false;
  if (!(await ensurePackage(setup, { package: 'rabbitmq-server', command: 'rabbitmq-server', tried }))) return false;
  const { ending, progress } = setup;
  const control = hasSystemd() ? bySystemd : await byItself(setup);
  ending.add('stopping RabbitMQ', control.stop);
  await progress.step('Starting RabbitMQ', async () => {
    await control.start();
    await waitUntilAnswers(url, control, ending.signal);
  });
  return true;
}

/**
 * @param {string} url
 * @param {Control} control
 * @param {AbortSignal} signal
 */
async function waitUntilAnswers(url, control, signal) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let login = await tryRabbitMq(url); !login.ok; login = await tryRabbitMq(url)) {
    const failure = control.failure() ?? (Date.now() > deadline ? login.reason : undefined);
    if (failure !== undefined)
      throw new SetupError(`RabbitMQ was started, but ${failure}; see /var/log/rabbitmq, or set AMQP_URL to a server that runs`);
    await pause(250, signal);
  }
}

/** @typedef {{ start(): Promise<void>, stop(): Promise<void>, failure(): string | undefined }} Control */

/** @type {Control} */
const bySystemd = {
  async start() {
    const { code, stderr } = await run('systemctl', ['start', 'rabbitmq-server'], { uninterruptible: true });
    if (code !== 0) throw new SetupError(`RabbitMQ does not start: ${lastLine(stderr)}`);
  },
  async stop() {
    await run('systemctl', ['stop', 'rabbitmq-server'], { uninterruptible: true, timeoutMs: STOP_TIMEOUT_MS });
  },
  failure: () => undefined,
};

/**
 * Without systemd the server is a process of ours. Not by `/usr/sbin/rabbitmq-server`: its `su` kills the server two
 * seconds after it was told to stop. Erlang's port mapper goes to the background by itself and outlives the server.
 * @param {import('./setup.mjs').Setup} setup
 * @returns {Promise<Control>}
 */
async function byItself({ env }) {
  const user = await systemUser('rabbitmq');
  const options = { cwd: user.home, env: { ...env, HOME: user.home, RABBITMQ_NODENAME: await nodeName() } };
  const mapperRan = (await run('epmd', ['-names'], options)).code === 0;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let server;
  const running = () => server?.pid !== undefined && server.exitCode === null && server.signalCode === null;
  return {
    async start() {
      const { uid, gid } = user;
      server = spawn('/usr/lib/rabbitmq/bin/rabbitmq-server', [], { ...options, uid, gid, detached: true, stdio: 'ignore' });
      server.on('error', () => undefined);
    },
    async stop() {
      if (server?.pid !== undefined && running()) await stopGroup(server, server.pid);
      // Refused by itself while another node is registered.
      if (!mapperRan) await run('epmd', ['-kill'], { ...options, timeoutMs: 5_000 });
    },
    failure: () => (running() ? undefined : 'the server ended'),
  };
}

/**
 * @param {import('node:child_process').ChildProcess} server
 * @param {number} group
 */
async function stopGroup(server, group) {
  const ended = once(server, 'exit');
  process.kill(-group, 'SIGTERM');
  const timer = setTimeout(() => process.kill(-group, 'SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** @param {string} name @returns {Promise<{ uid: number, gid: number, home: string }>} */
async function systemUser(name) {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid, , home] = line?.split(':') ?? [];
  if (home === undefined) throw new SetupError(`RabbitMQ: there is no system user "${name}"; set AMQP_URL to a server that runs`);
  return { uid: Number(uid), gid: Number(gid), home };
}

/** An Erlang node needs a host name that resolves; containers often have one that does not. */
async function nodeName() {
  const host = hostname().split('.')[0] ?? 'localhost';
  return await lookup(host).then(
    () => `rabbit@${host}`,
    () => 'rabbit@localhost',
  );
}
