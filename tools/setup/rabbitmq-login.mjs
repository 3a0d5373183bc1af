import { SetupError } from './ending.mjs';

const LEAST_VERSION = [3, 10];
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * @typedef {{ ok: true, version: string }} Login
 * @typedef {{ ok: false, reached: boolean, reason: string }} NoLogin
 */

/** @param {string} version @returns {boolean} whether quorum queues of this RabbitMQ can do what we ask of them */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_VERSION;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/**
 * Tries to log in.
 * @param {string} url
 * @returns {Promise<Login | NoLogin>}
 */
export async function tryRabbitMq(url) {
  const { connect } = await import('amqplib');
  let model;
  try {
    model = await connect(url, { noDelay: true, timeout: CONNECT_TIMEOUT_MS });
    model.on('error', () => undefined);
    const { product, version } = /** @type {{ serverProperties: { product?: string, version?: string } }} */ (
      /** @type {unknown} */ (model.connection)
    ).serverProperties;
    if (product !== 'RabbitMQ' || version === undefined)
      return { ok: false, reached: true, reason: `${product} answers there, not RabbitMQ` };
    if (!isNewEnough(version)) {
      return { ok: false, reached: true, reason: `RabbitMQ ${version} is too old, ${LEAST_VERSION.join('.')} or newer is needed` };
    }
    return { ok: true, version };
  } catch (error) {
    return noLogin(/** @type {Error & { code?: string | number, errors?: readonly { code?: string }[] }} */ (error), url);
  } finally {
    await model?.close().catch(() => undefined);
  }
}

/**
 * What went wrong, in one line without the password.
 * @param {Error & { code?: string | number, errors?: readonly { code?: string }[] }} error
 * @param {string} url
 * @returns {NoLogin}
 */
function noLogin(error, url) {
  const { host, hostname, pathname } = new URL(url);
  const code = error.code ?? error.errors?.[0]?.code;
  const said = error.message.split('\n')[0] ?? '';
  if (code === 'ECONNREFUSED') return { ok: false, reached: false, reason: `no RabbitMQ server answers at ${host} (connection refused)` };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { ok: false, reached: false, reason: `the host ${hostname} is not known` };
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || /ETIMEDOUT|timeout/i.test(said)) {
    return { ok: false, reached: false, reason: `no RabbitMQ server answers at ${host} (${said || code})` };
  }
  if (/ACCESS_REFUSED|\b403\b/.test(said)) return { ok: false, reached: true, reason: 'RabbitMQ refuses the user or password' };
  // What amqplib makes of a refused virtual host.
  if (/NOT_ALLOWED|ConnectionOpenOk/.test(said)) {
    const vhost = decodeURIComponent(pathname.slice(1)) || '/';
    return { ok: false, reached: true, reason: `RabbitMQ has no virtual host "${vhost}" for this user` };
  }
  return { ok: false, reached: true, reason: `RabbitMQ cannot be used (${said || code})` };
}

/**
 * The broker somebody named, or the one line that says why it cannot be used.
 * @param {string} setting the variable that names it
 * @param {string} url
 * @returns {Promise<Login>}
 * @throws {SetupError}
 */
export async function requireRabbitMq(setting, url) {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (!['amqp:', 'amqps:'].includes(protocol)) throw new SetupError(`${setting}: not a URL that begins with amqp:// or amqps://`);
  const login = await tryRabbitMq(url);
  if (!login.ok) throw new SetupError(`${setting}: ${login.reason}`);
  return login;
}
