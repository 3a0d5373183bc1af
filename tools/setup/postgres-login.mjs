import { SetupError } from './ending.mjs';

const LEAST_VERSION = 15;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * @typedef {{ ok: true, version: string, mayCreate: boolean }} Login
 * @typedef {{ ok: false, reached: boolean, reason: string }} NoLogin reached: a server answered
 */

/**
 * Where PostgreSQL usually lets somebody in, the most particular first: our own role, then what a Docker image, a
 * package or Postgres.app set up.
 * @param {string} host
 * @param {number} port
 * @param {string} osUser
 */
export function postgresCandidates(host, port, osUser) {
  const logins = ['supping:supping', 'postgres', 'postgres:postgres', encodeURIComponent(osUser)];
  return [...new Set(logins.map((login) => `postgres://${login}@${host}:${port}/postgres`))];
}

/**
 * Tries to log in.
 * @param {string} url
 * @returns {Promise<Login | NoLogin>}
 */
export async function tryPostgres(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, application_name: 'supping set-up' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int / 10000 AS major, split_part(version(), ' ', 2) AS version,
              rolsuper OR rolcreatedb AS may_create FROM pg_roles WHERE rolname = current_user`,
    );
    const { major, version, may_create: mayCreate } = rows[0];
    if (major < LEAST_VERSION)
      return { ok: false, reached: true, reason: `PostgreSQL ${version} is too old, ${LEAST_VERSION} or newer is needed` };
    return { ok: true, version, mayCreate };
  } catch (error) {
    return noLogin(/** @type {Error & { code?: string, errors?: readonly { code?: string }[] }} */ (error), url);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * What went wrong, in one line without the password.
 * @param {Error & { code?: string, errors?: readonly { code?: string }[] }} error
 * @param {string} url
 * @returns {NoLogin}
 */
function noLogin(error, url) {
  const { host, hostname, username, pathname } = new URL(url);
  const user = decodeURIComponent(username);
  const code = error.code ?? error.errors?.[0]?.code;
  if (code === 'ECONNREFUSED') return { ok: false, reached: false, reason: `no PostgreSQL server answers at ${host} (connection refused)` };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { ok: false, reached: false, reason: `the host ${hostname} is not known` };
  if (/timeout|terminated unexpectedly/i.test(error.message) || code === 'ETIMEDOUT' || code === 'EHOSTUNREACH') {
    return { ok: false, reached: false, reason: `no PostgreSQL server answers at ${host} (${error.message})` };
  }
  const said = error.message.split('\n')[0];
  if (code === '28P01' || code === '28000')
    return { ok: false, reached: true, reason: `PostgreSQL refuses the user or password (${said})` };
  if (error.message.startsWith('SASL'))
    return { ok: false, reached: true, reason: `PostgreSQL asks for a password of "${user}" and none is given` };
  if (code === '3D000') {
    return {
      ok: false,
      reached: true,
      reason: `there is no database "${decodeURIComponent(pathname.slice(1))}" on that PostgreSQL server`,
    };
  }
  return { ok: false, reached: true, reason: `PostgreSQL cannot be used (${said})` };
}

/**
 * The database somebody named, or the one line that says why it cannot be used.
 * @param {string} setting the variable that names it
 * @param {string} url
 * @returns {Promise<Login>}
 * @throws {SetupError}
 */
export async function requirePostgres(setting, url) {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (!['postgres:', 'postgresql:'].includes(protocol)) {
    throw new SetupError(`${setting}: not a URL that begins with postgres:// or postgresql://`);
  }
  const login = await tryPostgres(url);
  if (!login.ok) throw new SetupError(`${setting}: ${login.reason}`);
  return login;
}
