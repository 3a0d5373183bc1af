import { readFile } from 'node:fs/promises';
import { SetupError } from './ending.mjs';
import { lastLine, run } from './process.mjs';

const LEAST_NODE = [20, 19];

/**
 * @param {string} version as in `process.versions.node`
 * @throws {SetupError} when it is too old
 */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_NODE;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new SetupError(`Node.js ${LEAST_NODE.join('.')} or newer is needed; this is ${version}. See https://nodejs.org`);
}

/**
 * @typedef {Record<string, { version?: string, resolved?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean }>} LockedPackages
 */

/**
 * Whether everything locked is installed in the locked version. Optional packages may be missing: they are for other
 * platforms.
 * @param {LockedPackages} locked `packages` of package-lock.json
 * @param {LockedPackages} installed `packages` of node_modules/.package-lock.json, which npm keeps
 */
export function isInstalled(locked, installed) {
  return Object.entries(locked).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    const there = installed[path];
    if (there === undefined) return optional === true || devOptional === true;
    return there.version === version;
  });
}

/** @param {string} path @returns {Promise<LockedPackages | undefined>} */
async function packagesOf(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8')).packages;
  } catch {
    // Not there, or cut off by an installation that was interrupted: install.
    return undefined;
  }
}

/**
 * Installs what `package-lock.json` names unless it is installed.
 * @param {import('./setup.mjs').Setup} setup
 */
export async function ensureDependencies({ root, env, ending, progress }) {
  const locked = await packagesOf(`${root}package-lock.json`);
  const installed = await packagesOf(`${root}node_modules/.package-lock.json`);
  if (locked !== undefined && installed !== undefined && isInstalled(locked, installed)) return;
  await progress.step('Installing packages', async () => {
    // NODE_ENV=production would leave out what builds and tests.
    const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
    const { code, stderr } = await run('npm', args, { cwd: root, env, signal: ending.signal });
    if (code !== 0) throw new SetupError(`npm ci failed: ${reasonOf(stderr)}`);
  });
}

/** @param {string} stderr of npm, whose last lines only name a log file */
function reasonOf(stderr) {
  const lines = stderr.split('\n').filter((line) => line.startsWith('npm error') && !/complete log|^npm error code/.test(line));
  return lines[0]?.replace('npm error ', '') ?? lastLine(stderr);
}
