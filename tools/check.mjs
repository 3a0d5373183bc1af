import { existsSync } from 'node:fs';
import { GENERATED } from './generated.mjs';
import { build } from './setup/build.mjs';
import { runCommand } from './setup/ending.mjs';
import { staleness } from './setup/generate.mjs';
import { run } from './setup/process.mjs';
import { prepare } from './setup/setup.mjs';

const FOLDERS = ['apps', 'libs', 'test', 'tools', 'samples', 'bench', 'chaos'];

/** @typedef {{ name: string, check: () => Promise<string | undefined> }} Step `check` gives what is wrong */

await runCommand(async (ending) => {
  const setup = await prepare(ending);
  const outcomes = await Promise.all(steps(setup).map((step) => report(setup, step)));
  return outcomes.every((fine) => fine) ? 0 : 1;
});

/**
 * @param {import('./setup/setup.mjs').Setup} setup
 * @returns {Step[]} all can go on at once
 */
function steps(setup) {
  const { root, env, ending } = setup;
  const node = async (/** @type {string} */ script, /** @type {readonly string[]} */ ...args) => {
    const program = `${root}node_modules/${script}`;
    const { code, stdout, stderr } = await run(process.execPath, [program, ...args], { cwd: root, env, signal: ending.signal });
    return code === 0 ? undefined : `${stdout}${stderr}`.trim();
  };
  const sources = FOLDERS.filter((folder) => existsSync(`${root}${folder}`));
  return [
    { name: 'format and lint', check: () => node('@biomejs/biome/bin/biome', 'check', '.') },
    { name: 'types', check: () => node('typescript/bin/tsc', '--noEmit', '--project', '.') },
    {
      name: 'architecture',
      check: () => node('dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.mjs', ...sources),
    },
    { name: 'generated files', check: () => generatedFiles(setup) },
  ];
}

/** @param {import('./setup/setup.mjs').Setup} setup */
async function generatedFiles(setup) {
  if (GENERATED.length === 0) return undefined;
  await build(setup);
  const faults = await Promise.all(GENERATED.map((generated) => staleness(setup, generated)));
  return faults.filter((fault) => fault !== undefined).join('\n') || undefined;
}

/**
 * @param {import('./setup/setup.mjs').Setup} setup
 * @param {Step} step
 * @returns {Promise<boolean>} whether all was well
 */
async function report({ progress }, { name, check }) {
  const began = Date.now();
  const fault = await check();
  progress.say(`${fault === undefined ? '✓' : '✗'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  if (fault !== undefined) progress.say(fault.replace(/^/gm, '  '));
  return fault === undefined;
}
