import { fileURLToPath } from 'node:url';
import { ensureDependencies, requireNode } from './dependencies.mjs';
import { Progress } from './progress.mjs';

/**
 * What every part of the set-up is given.
 * @typedef {object} Setup
 * @property {string} root the repository, with a slash at its end
 * @property {NodeJS.ProcessEnv} env
 * @property {import('./ending.mjs').Ending} ending
 * @property {Progress} progress
 */

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The first part of every command: Node is new enough and what `package-lock.json` names is installed.
 * @param {import('./ending.mjs').Ending} ending
 * @returns {Promise<Setup>}
 */
export async function prepare(ending) {
  requireNode(process.versions.node);
  const setup = { root: ROOT, env: process.env, ending, progress: new Progress() };
  await ensureDependencies(setup);
  return setup;
}
