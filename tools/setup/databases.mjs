import { randomBytes } from 'node:crypto';
import { SetupError } from './ending.mjs';

/** UTF-8 whatever the server's default is, and an order of text that no locale changes. */
const ENCODING = `ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0`;

/**
 * @param {string} url
 * @param {string} sql
 * @param {readonly unknown[]} [values]
 */
async function query(url, sql, values = []) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/**
 * @param {string} url
 * @param {string} name
 * @returns {string} the URL of another database on the same server
 */
export function withDatabaseName(url, name) {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/**
 * The database named in the environment, or `supping` on the server that was found, made if it is missing.
 * @param {import('./postgres.mjs').FoundDatabase} found
 * @returns {Promise<string>} its URL
 */
export async function ownDatabase({ url, setting }) {
  if (setting !== undefined) return url;
  const rows = await query(url, `SELECT 1 FROM pg_database WHERE datname = 'supping'`);
  if (rows.length === 0) await query(url, `CREATE DATABASE supping ${ENCODING}`);
  return withDatabaseName(url, 'supping');
}

/**
 * A database that is dropped when the command ends.
 * @param {import('./postgres.mjs').FoundDatabase} found
 * @param {import('./ending.mjs').Ending} ending
 * @returns {Promise<string>} its URL
 */
export async function temporaryDatabase(found, ending) {
  requireMayCreate(found);
  const name = `supping_demo_${randomBytes(4).toString('hex')}`;
  ending.add(`dropping the database ${name}`, () => query(found.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  await query(found.url, `CREATE DATABASE ${name} ${ENCODING}`);
  return withDatabaseName(found.url, name);
}

/**
 * @param {import('./postgres.mjs').FoundDatabase} found
 * @throws {SetupError} naming the setting
 */
export function requireMayCreate({ url, setting, mayCreate }) {
  if (mayCreate) return;
  throw new SetupError(
    `${setting}: the role "${decodeURIComponent(new URL(url).username)}" may not create databases, which this command needs`,
  );
}
