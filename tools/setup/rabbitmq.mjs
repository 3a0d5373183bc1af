import { composeUp } from './compose.mjs';
import { SetupError } from './ending.mjs';
import { requireRabbitMq, tryRabbitMq } from './rabbitmq-login.mjs';
import { brokerByPackages } from './rabbitmq-packages.mjs';

const ON_LOCALHOST = 'amqp://guest:guest@localhost:5672';

/**
 * RabbitMQ, in this order: the URL given in the environment; one that answers on localhost; Docker; Debian's package.
 * @param {import('./setup.mjs').Setup} setup
 * @param {readonly string[]} settings variables that may name it, the first that is set counts
 * @returns {Promise<{ url: string, version: string }>}
 * @throws {SetupError} one line that says what to do
 */
export async function findRabbitMq(setup, settings = ['AMQP_URL']) {
  const { env, progress } = setup;
  return await progress.step(
    'Finding RabbitMQ',
    async () => {
      const setting = settings.find((name) => env[name]);
      const url = setting && env[setting];
      if (setting && url) return { url, ...(await requireRabbitMq(setting, url)) };
      /** @type {string[]} */
      const tried = [];
      for (const way of [onLocalhost, byCompose, byPackages]) {
        const found = await way(setup, tried);
        if (found !== undefined) return found;
      }
      throw new SetupError(
        `AMQP_URL: no RabbitMQ found (${tried.join('; ')}). Set AMQP_URL=amqp://user:password@host:5672, or start Docker, or install RabbitMQ 3.10 or newer`,
      );
    },
    ({ url, version }) => `RabbitMQ ${version} at ${new URL(url).host}`,
  );
}

/** @typedef {(setup: import('./setup.mjs').Setup, tried: string[]) => Promise<{ url: string, version: string } | undefined>} Way */

/** @type {Way} */
async function onLocalhost(_setup, tried) {
  return await logIn(ON_LOCALHOST, tried);
}

/** @type {Way} */
async function byCompose(setup, tried) {
  const port = await composeUp(setup, { service: 'rabbitmq', port: 5672, portSetting: 'SUPPING_RABBITMQ_PORT' }, tried);
  return port === undefined ? undefined : await logIn(`amqp://guest:guest@127.0.0.1:${port}`, tried);
}

/** @type {Way} */
async function byPackages(setup, tried) {
  return (await brokerByPackages(setup, ON_LOCALHOST, tried)) ? await logIn(ON_LOCALHOST, tried) : undefined;
}

/**
 * @param {string} url
 * @param {string[]} tried
 * @returns {Promise<{ url: string, version: string } | undefined>}
 */
async function logIn(url, tried) {
  const login = await tryRabbitMq(url);
  if (login.ok) return { url, version: login.version };
  tried.push(login.reason);
  return undefined;
}
