import { userInfo } from 'node:os';
import { composeUp } from './compose.mjs';
import { SetupError } from './ending.mjs';
import { postgresCandidates, requirePostgres, tryPostgres } from './postgres-login.mjs';
import { clusterByPackages, makeRole } from './postgres-packages.mjs';

/**
 * @typedef {object} FoundDatabase
 * @property {string} url may create databases, but for one that was given
 * @property {string} version of the server
 * @property {string | undefined} setting the variable that names it, where it was given
 * @property {boolean} mayCreate whether this login may create databases
 */

/**
 * PostgreSQL, in this order: the URL given in the environment; one that answers on localhost; Docker; Debian's package.
 * @param {import('./setup.mjs').Setup} setup
 * @param {readonly string[]} settings variables that may name it, the first that is set counts
 * @returns {Promise<FoundDatabase>}
 * @throws {SetupError} one line that says what to do
 */
export async function findPostgres(setup, settings = ['DATABASE_URL']) {
  const { env, progress } = setup;
  return await progress.step(
    'Finding PostgreSQL',
    async () => {
      const setting = settings.find((name) => env[name]);
      const url = setting && env[setting];
      if (setting && url) return { url, setting, ...(await requirePostgres(setting, url)) };
      /** @type {string[]} */
      const tried = [];
      for (const way of [onLocalhost, byCompose, byPackages]) {
        const found = await way(setup, tried);
        if (found !== undefined) return found;
      }
      throw new SetupError(
        `DATABASE_URL: no PostgreSQL found (${tried.join('; ')}). Set DATABASE_URL=postgres://user:password@host:5432/database, or start Docker, or install PostgreSQL 15 or newer`,
      );
    },
    ({ url, version }) => `PostgreSQL ${version} at ${new URL(url).host}`,
  );
}

/** @typedef {(setup: import('./setup.mjs').Setup, tried: string[]) => Promise<FoundDatabase | undefined>} Way */

/** @type {Way} */
async function onLocalhost(_setup, tried) {
  return (await logIn('localhost', 5432, tried)) ?? undefined;
}

/** @type {Way} */
async function byCompose(setup, tried) {
  const port = await composeUp(setup, { service: 'postgres', port: 5432, portSetting: 'SUPPING_POSTGRES_PORT' }, tried);
  return port === undefined ? undefined : await logIn('127.0.0.1', port, tried);
}

/** @type {Way} */
async function byPackages(setup, tried) {
  const port = await clusterByPackages(setup, tried);
  return port === undefined ? undefined : await logIn('localhost', port, tried);
}

/**
 * The first login that may create databases, made by root where there is none.
 * @param {string} host
 * @param {number} port
 * @param {string[]} tried
 * @returns {Promise<FoundDatabase | undefined>}
 */
async function logIn(host, port, tried) {
  const candidates = postgresCandidates(host, port, userInfo().username);
  const found = await firstThatWorks(candidates, tried);
  if (found !== undefined) return found;
  const [own = ''] = candidates;
  const seen = await tryPostgres(own);
  if (seen.ok || !seen.reached || seen.reason.includes('too old') || !(await makeRole(port))) return undefined;
  return await firstThatWorks([own], tried);
}

/**
 * @param {readonly string[]} urls
 * @param {string[]} tried
 * @returns {Promise<FoundDatabase | undefined>}
 */
async function firstThatWorks(urls, tried) {
  const reasons = new Set();
  for (const url of urls) {
    const login = await tryPostgres(url);
    if (login.ok && login.mayCreate) return { url, setting: undefined, ...login };
    reasons.add(login.ok ? `"${new URL(url).username}" may not create databases` : login.reason);
    if (!login.ok && !login.reached) break;
  }
  const [first] = reasons;
  tried.push(
    reasons.size === 1 ? first : `a PostgreSQL server answers at ${new URL(urls[0] ?? '').host} but lets none of the usual users in`,
  );
  return undefined;
}
