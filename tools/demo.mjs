import { resolve } from 'node:path';
import { build } from './setup/build.mjs';
import { requireMayCreate, temporaryDatabase } from './setup/databases.mjs';
import { runCommand } from './setup/ending.mjs';
import { configuredPorts, freePorts, SERVICES } from './setup/ports.mjs';
import { findPostgres } from './setup/postgres.mjs';
import { run } from './setup/process.mjs';
import { findRabbitMq } from './setup/rabbitmq.mjs';
import { areRunning, serviceUrl, startServices } from './setup/services.mjs';
import { prepare } from './setup/setup.mjs';
import { isConsumed, temporaryPrefix } from './setup/topology.mjs';

const SHARDS = '4';

/** @typedef {{ ports: import('./setup/ports.mjs').Ports, amqpUrl: string, env: NodeJS.ProcessEnv }} Stage */

await runCommand(async (ending) => {
  const ports = configuredPorts(process.env);
  const setup = await prepare(ending);
  await build(setup);
  const stage = (await onRunning(setup, ports)) ?? (await onOwn(setup));
  return await play(setup, stage, process.argv.slice(2));
});

/**
 * The services that run already, where they are of the same deployment.
 * @param {import('./setup/setup.mjs').Setup} setup
 * @param {import('./setup/ports.mjs').Ports} ports
 * @returns {Promise<Stage | undefined>}
 */
async function onRunning(setup, ports) {
  if (!(await areRunning(setup.env, ports))) return undefined;
  const { url: amqpUrl } = await findRabbitMq(setup);
  if (!(await isConsumed(setup.env, amqpUrl))) return undefined;
  setup.progress.say(`Playing on the services that run at ${SERVICES.map(({ name }) => serviceUrl(setup.env, ports[name])).join(', ')}`);
  return { ports, amqpUrl, env: {} };
}

/**
 * Services of the demo's own, with a database and broker names that nobody else sees and that are gone afterwards.
 * @param {import('./setup/setup.mjs').Setup} setup
 * @returns {Promise<Stage>}
 */
async function onOwn(setup) {
  const found = await findPostgres(setup);
  requireMayCreate(found);
  const { url: amqpUrl } = await findRabbitMq(setup);
  const databaseUrl = await temporaryDatabase(found, setup.ending);
  const prefix = temporaryPrefix(setup, amqpUrl, Number(SHARDS));
  const env = { SUPPING_PREFIX: prefix, SUPPING_SHARDS: SHARDS };
  const ports = await freePorts();
  await startServices(setup, { ports, databaseUrl, amqpUrl, env });
  return { ports, amqpUrl, env };
}

/**
 * @param {import('./setup/setup.mjs').Setup} setup
 * @param {Stage} stage
 * @param {readonly string[]} files as the caller named them, from where the caller stood
 * @returns {Promise<number>} exit status
 */
async function play({ root, env, ending }, stage, files) {
  const from = env['INIT_CWD'] ?? process.cwd();
  const args = files.map((file) => (file.startsWith('-') ? file : resolve(from, file)));
  const url = (/** @type {import('./setup/ports.mjs').ServiceName} */ name) => serviceUrl(env, stage.ports[name]);
  const settings = {
    ORDER_SERVICE_URL: url('order-service'),
    SUPP_SERVICE_URL: url('supp-service'),
    MERGER_WORKER_URL: url('merger-worker'),
    AMQP_URL: stage.amqpUrl,
    ...stage.env,
  };
  const player = ['--enable-source-maps', `${root}dist/tools/scenario/main.js`, ...args];
  const { code } = await run(process.execPath, player, {
    cwd: from,
    env: { ...env, ...settings },
    signal: ending.signal,
    output: 'inherit',
  });
  return code;
}
