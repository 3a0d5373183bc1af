import { existsSync } from 'node:fs';
import { GENERATORS } from './generated.mjs';
import { build } from './setup/build.mjs';
import { runCommand } from './setup/ending.mjs';
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
  const node = async (/** @type {readonly string[]} */ ...args) => {
    const { code, stdout, stderr } = await run(process.execPath, args, { cwd: root, env, signal: ending.signal });
    return code === 0 ? undefined : `${stdout}${stderr}`.trim();
  };
  const generatedFiles = async () => {
    await build(setup);
    const faults = await Promise.all(GENERATORS.map((generator) => node(generator, '--check')));
    return faults.filter((fault) => fault !== undefined).join('\n') || undefined;
  };
  const sources = FOLDERS.filter((folder) => existsSync(`${root}${folder}`));
  return [
    { name: 'format and lint', check: () => node('node_modules/@biomejs/biome/bin/biome', 'check', '.') },
    {
      name: 'types',
      // What it learns is kept, so that the next check looks at what changed only.
      check: () => node('node_modules/typescript/bin/tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', '.supping/types.json'),
    },
    {
      name: 'architecture',
      check: () => node('node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.mjs', ...sources),
    },
    { name: 'generated files', check: generatedFiles },
  ];
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
