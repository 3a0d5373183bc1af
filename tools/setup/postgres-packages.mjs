import { readdir } from 'node:fs/promises';
import { SetupError } from './ending.mjs';
import { ensurePackage, hasSystemd, isRoot } from './packages.mjs';
import { lastLine, pause, run } from './process.mjs';

const START_TIMEOUT_MS = 60_000;

/** @typedef {{ version: string, name: string, port: number, online: boolean }} Cluster */

/**
 * @param {string} text what `pg_lsclusters --no-header` prints
 * @returns {Cluster[]}
 */
export function parseClusters(text) {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 4)
    .map(([version = '', name = '', port, status = '']) => ({ version, name, port: Number(port), online: status.startsWith('online') }));
}

/**
 * The cluster to use: the newest that is new enough, one that runs before one that does not.
 * @param {readonly Cluster[]} clusters
 * @returns {Cluster | undefined}
 */
export function chooseCluster(clusters) {
  return clusters
    .filter(({ version }) => Number(version) >= 15)
    .toSorted((a, b) => Number(b.online) - Number(a.online) || Number(b.version) - Number(a.version))[0];
}

/**
 * The port of a Debian cluster, installed and started where needed; what was started stops at the end.
 * @param {import('./setup.mjs').Setup} setup
 * @param {string[]} tried
 * @returns {Promise<number | undefined>}
 */
export async function clusterByPackages(setup, tried) {
  if (!(await ensurePackage(setup, { package: 'postgresql', command: 'pg_lsclusters', tried }))) return undefined;
  const cluster = chooseCluster(await listClusters()) ?? (await makeCluster(setup));
  if (cluster === undefined) {
    tried.push('the distribution has no PostgreSQL 15 or newer');
    return undefined;
  }
  if (!cluster.online) await startCluster(setup, cluster);
  return cluster.port;
}

async function listClusters() {
  return parseClusters((await run('pg_lsclusters', ['--no-header'])).stdout);
}

/**
 * @param {import('./setup.mjs').Setup} setup
 * @returns {Promise<Cluster | undefined>}
 */
async function makeCluster({ env }) {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const version = versions
    .map(Number)
    .filter((number) => number >= 15)
    .toSorted((a, b) => b - a)[0];
  if (version === undefined) return undefined;
  const { code, stderr } = await run('pg_createcluster', [String(version), 'main'], { env: { ...env, LC_ALL: 'C.UTF-8' } });
  if (code !== 0) throw new SetupError(`PostgreSQL: pg_createcluster failed (${lastLine(stderr)}); set DATABASE_URL to a server that runs`);
  return chooseCluster(await listClusters());
}

/**
 * @param {import('./setup.mjs').Setup} setup
 * @param {Cluster} cluster
 */
async function startCluster({ ending, progress }, { version, name }) {
  const control = async (/** @type {string[]} */ ...words) =>
    await run('pg_ctlcluster', [...(hasSystemd() ? [] : ['--skip-systemctl-redirect']), version, name, ...words], {
      uninterruptible: true,
    });
  const isOnline = async () => (await listClusters()).some((one) => one.version === version && one.name === name && one.online);
  ending.add('stopping PostgreSQL', async () => {
    if (await isOnline()) await control('stop', '-m', 'fast');
  });
  await progress.step('Starting PostgreSQL', async () => {
    const { code, stderr } = await control('start');
    for (const deadline = Date.now() + START_TIMEOUT_MS; !(await isOnline()); await pause(200, ending.signal)) {
      if (code !== 0 || Date.now() > deadline) {
        throw new SetupError(
          `PostgreSQL ${version} does not start (${lastLine(stderr)}); see /var/log/postgresql, or set DATABASE_URL to a server that runs`,
        );
      }
    }
  });
}

/**
 * As root, makes the role `supping` on a server of this machine that knows the system user `postgres` (Debian's
 * default), unless there is one.
 * @param {number} port
 * @returns {Promise<boolean>} whether it was made
 */
export async function makeRole(port) {
  if (!isRoot()) return false;
  const sql = `CREATE ROLE supping LOGIN CREATEDB PASSWORD 'supping'`;
  const psql = ['psql', '--no-psqlrc', '--quiet', '--port', String(port), '--dbname', 'postgres', '--command', sql];
  return (await run('runuser', ['-u', 'postgres', '--', ...psql], { cwd: '/', timeoutMs: 10_000 })).code === 0;
}
