import { readFile } from 'node:fs/promises';
import { SetupError } from './ending.mjs';
import { run } from './process.mjs';

/**
 * @param {import('./setup.mjs').Setup} setup built
 * @param {import('../generated.mjs').GeneratedFile} generated
 * @returns {Promise<string>} its text as the code has it now
 * @throws {SetupError} when it cannot be made
 */
export async function generate({ root, env, ending }, { file, by }) {
  const { code, stdout, stderr } = await run(process.execPath, by, { cwd: root, env, signal: ending.signal });
  if (code !== 0) throw new SetupError(`${file} cannot be generated:\n${stderr.trim()}`);
  return stdout;
}

/**
 * @param {import('./setup.mjs').Setup} setup built
 * @param {import('../generated.mjs').GeneratedFile} generated
 * @returns {Promise<string | undefined>} what is wrong with the file that is checked in
 */
export async function staleness(setup, generated) {
  const checkedIn = await readFile(`${setup.root}${generated.file}`, 'utf8').catch(() => undefined);
  if (checkedIn === undefined) return `${generated.file} is missing: npm run generate`;
  return checkedIn === (await generate(setup, generated)) ? undefined : `${generated.file} is stale: npm run generate`;
}
