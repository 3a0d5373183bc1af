import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SetupError } from './ending.mjs';
import { SERVICES } from './ports.mjs';
import { pause } from './process.mjs';

/**
 * What lives for a batch dies young: with room for it, the garbage collector copies less of it. The rest may grow by three
 * quarters before it is looked through, not by as much as V8 likes: a service that is never idle holds half the memory. And one
 * thread collects: on few cores its helpers cost more than they give (ADR 10).
 */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=16', '--heap-growing-percent=75', '--single-threaded-gc'];
/** glibc gives each thread an arena of its own, and none of them back: one for all is 10 MB less. */
const NATIVE_MEMORY = { MALLOC_ARENA_MAX: '1' };
const READY_TIMEOUT_MS = 60_000;
/** A service ends its requests and batches in hand first. */
const STOP_TIMEOUT_MS = 15_000;

/**
 * @typedef {object} Deployment
 * @property {import('./ports.mjs').Ports} ports
 * @property {string} databaseUrl
 * @property {string} amqpUrl
 * @property {NodeJS.ProcessEnv} [env] further settings
 * @property {(line: string) => void} [log] takes what the services print once they run; nothing if not said
 */

/**
 * Starts every service and waits until all are ready; they stop at the end.
 * @param {import('./setup.mjs').Setup} setup
 * @param {Deployment} deployment
 * @returns {Promise<{ lost: Promise<string> }>} `lost` resolves with the reason when one ends by itself
 * @throws {SetupError} with the line of the first that does not start
 */
export async function startServices(setup, deployment) {
  const services = SERVICES.map(({ name }) => new ServiceProcess(setup, deployment, name));
  setup.ending.add('stopping the services', async () => {
    await Promise.all(services.map((service) => service.stop()));
  });
  await setup.progress.step('Starting the services', () => Promise.all(services.map((service) => service.start())));
  return { lost: Promise.race(services.map((service) => service.lost)) };
}

class ServiceProcess {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #ready = false;
  #stopping = false;
  /** @type {string[]} */
  #complaints = [];
  /** @type {(reason: string) => void} */
  #lose = () => undefined;

  /**
   * @param {import('./setup.mjs').Setup} setup
   * @param {Deployment} deployment
   * @param {import('./ports.mjs').ServiceName} name
   */
  constructor({ root, env, ending }, { ports, databaseUrl, amqpUrl, env: settings, log }, name) {
    this.name = name;
    this.signal = ending.signal;
    this.log = log;
    this.main = `${root}dist/apps/${name}/src/main.js`;
    this.url = serviceUrl(env, ports[name]);
    this.env = { ...NATIVE_MEMORY, ...env, ...settings, DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl, PORT: String(ports[name]) };
    /** @type {Promise<string>} */
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  async start() {
    const child = spawn(process.execPath, [...NODE_FLAGS, this.main], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#print(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (!this.#ready) this.#complaints.push(line);
      this.#print(line);
    });
    child.once('close', (code, signal) => {
      if (!this.#stopping) this.#lose(this.#complaints.join('\n') || `${this.name}: ended by itself (${signal ?? `status ${code}`})`);
    });
    await this.#becomeReady();
  }

  async #becomeReady() {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    let lost;
    void this.lost.then((reason) => {
      lost = reason;
    });
    while (!(await isReady(this.url))) {
      if (lost !== undefined) throw new SetupError(lost);
      if (Date.now() > deadline) throw new SetupError(`${this.name}: not ready within ${READY_TIMEOUT_MS / 1000} s`);
      await pause(100, this.signal);
    }
    this.#ready = true;
  }

  /** @param {string} line */
  #print(line) {
    if (this.#ready) this.log?.(line.startsWith(`${this.name}:`) ? line : `${this.name} | ${line}`);
  }

  async stop() {
    const child = this.#child;
    this.#stopping = true;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exit;
    clearTimeout(timer);
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {number} port
 */
export function serviceUrl(env, port) {
  const host = env['HOST'] ?? '';
  const everywhere = ['', '127.0.0.1', '0.0.0.0', '::'].includes(host);
  return `http://${everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @param {string} url of a service @returns {Promise<boolean>} */
async function isReady(url) {
  return await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );
}

/**
 * Whether every service of ours is ready on its port.
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./ports.mjs').Ports} ports
 */
export async function areRunning(env, ports) {
  const answers = await Promise.all(
    SERVICES.map(async ({ name, title }) => {
      const url = serviceUrl(env, ports[name]);
      return (await isReady(url)) && (await titleOf(url)) === `Supping ${title}`;
    }),
  );
  return answers.every((ours) => ours);
}

/** @param {string} url of a service @returns {Promise<string | undefined>} */
async function titleOf(url) {
  try {
    const answer = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(5_000) });
    const document = /** @type {{ info?: { title?: string } }} */ (await answer.json());
    return document.info?.title;
  } catch {
    // Whatever answers there is none of ours.
    return undefined;
  }
}
