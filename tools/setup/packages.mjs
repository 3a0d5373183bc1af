import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { SetupError } from './ending.mjs';
import { lastLine, run } from './process.mjs';

const POLICY = '/usr/sbin/policy-rc.d';

export const isRoot = () => process.getuid?.() === 0;
export const hasSystemd = () => existsSync('/run/systemd/system');
const isDebian = () => existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

/** @type {WeakSet<object>} set-ups that have read the package lists */
const listsRead = new WeakSet();

/**
 * On Debian and its kin as root: installs a package unless its command is there.
 * @param {import('./setup.mjs').Setup} setup
 * @param {{ package: string, command: string, tried: string[] }} wanted
 * @returns {Promise<boolean>} whether the command is there
 * @throws {SetupError} when the installation fails
 */
export async function ensurePackage(setup, { package: name, command, tried }) {
  if (!isDebian() || !isRoot()) {
    tried.push(
      isDebian()
        ? `not root, so "${name}" cannot be installed: sudo apt-get install ${name}`
        : 'not a Debian or Ubuntu, so nothing can be installed',
    );
    return false;
  }
  if (await isThere(command)) return true;
  await setup.progress.step(`Installing ${name}`, () => install(setup, name));
  return await isThere(command);
}

/** @param {string} command */
async function isThere(command) {
  return (await run('sh', ['-c', `command -v ${command}`])).code === 0;
}

/**
 * @param {import('./setup.mjs').Setup} setup
 * @param {string} name
 */
async function install(setup, name) {
  const { env, ending } = setup;
  // A database's encoding comes from the locale its package is installed under; a bare system has none.
  const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }, signal: ending.signal, uninterruptible: true };
  if (!listsRead.has(setup)) {
    listsRead.add(setup);
    // Old lists often do; if not, the installation says what is missing.
    await run('apt-get', ['update', '-q'], options);
  }
  await withoutStarting(setup, async () => {
    const { code, stderr } = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], options);
    if (code !== 0) throw new SetupError(`apt-get install ${name} failed: ${lastLine(stderr)}`);
  });
}

/**
 * Debian starts what it installs; then nobody would know whose it is. `policy-rc.d` is Debian's own way to say no.
 * @param {import('./setup.mjs').Setup} setup
 * @param {() => Promise<void>} work
 */
async function withoutStarting({ ending }, work) {
  if (existsSync(POLICY)) return await work();
  const remove = () => rm(POLICY, { force: true });
  ending.add(`removing ${POLICY}`, remove);
  await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    await remove();
  }
}
