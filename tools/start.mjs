import { build } from './setup/build.mjs';
import { ownDatabase } from './setup/databases.mjs';
import { runCommand, SetupError } from './setup/ending.mjs';
import { configuredPorts, requireFree, SERVICES } from './setup/ports.mjs';
import { findPostgres } from './setup/postgres.mjs';
import { findRabbitMq } from './setup/rabbitmq.mjs';
import { serviceUrl, startServices } from './setup/services.mjs';
import { prepare } from './setup/setup.mjs';

await runCommand(
  async (ending) => {
    const ports = configuredPorts(process.env);
    await requireFree(ports, process.env['HOST'] || '127.0.0.1');
    const setup = await prepare(ending);
    const databaseUrl = await ownDatabase(await findPostgres(setup));
    const { url: amqpUrl } = await findRabbitMq(setup);
    await build(setup);
    const { progress, env } = setup;
    const { lost } = await startServices(setup, { ports, databaseUrl, amqpUrl, log: (line) => progress.say(line) });
    progress.say(welcome(env, ports));
    const reason = await Promise.race([lost, ending.interrupted()]);
    if (typeof reason === 'string') throw new SetupError(reason);
    progress.say('\nStopping …');
    return 0;
  },
  { whenInterrupted: 0 },
);

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./setup/ports.mjs').Ports} ports
 */
function welcome(env, ports) {
  const url = (/** @type {import('./setup/ports.mjs').ServiceName} */ name) => serviceUrl(env, ports[name]);
  const order = JSON.stringify({
    externalId: 'PON-77',
    productOrderItem: [{ id: '1', action: 'add', productOffering: { id: 'DIA-1G', name: 'Dedicated Internet 1G' } }],
  });
  return [
    '',
    'Supping is running:',
    ...SERVICES.map(({ name }) => `  ${name.padEnd(14)} ${url(name)}  (API: ${url(name)}/docs)`),
    '',
    'Try, from another terminal:',
    `  curl -i ${url('order-service')}/tmf-api/productOrderingManagement/v4/productOrder \\`,
    `    -H 'content-type: application/json' -d '${order}'`,
    '  npm run demo',
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}
