import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from './ending.mjs';
import { run } from './process.mjs';

const SOURCES = ['apps', 'libs', 'tools', 'chaos', 'bench'];
const CONFIGURATION = ['.swcrc', 'nest-cli.json', 'tsconfig.json', 'package.json'];
const STAMP = 'dist/.built-from';

/**
 * Compiles to dist/ unless dist/ was made from what stands there now. What is there is written over and not removed
 * first: services may be running from it.
 * @param {import('./setup.mjs').Setup} setup
 */
export async function build({ root, env, ending, progress }) {
  const sources = await listSources(root);
  const fingerprint = await fingerprintOf(root, [...sources, ...CONFIGURATION]);
  if ((await readFile(join(root, STAMP), 'utf8').catch(() => '')) === fingerprint) return;
  await progress.step('Building', async () => {
    await rm(join(root, STAMP), { force: true });
    const nest = [join(root, 'node_modules/@nestjs/cli/bin/nest.js'), 'build'];
    const { code, stdout, stderr } = await run(process.execPath, nest, { cwd: root, env, signal: ending.signal });
    if (code !== 0) throw new SetupError(`The build failed:\n${(stderr || stdout).trim()}`);
    await removeOrphans(root);
    await writeFile(join(root, STAMP), fingerprint);
  });
}

/** @param {string} root @returns {Promise<string[]>} every TypeScript file that is built, sorted */
async function listSources(root) {
  const lists = await Promise.all(
    SOURCES.map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true }).catch(() => []);
      return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
    }),
  );
  return lists.flat().sort();
}

/**
 * Changes whenever a file comes, goes or is written.
 * @param {string} root
 * @param {readonly string[]} files
 */
async function fingerprintOf(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = await stat(join(root, file));
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} root removes from dist/ what was built from files that are gone */
async function removeOrphans(root) {
  for (const name of await readdir(join(root, 'dist'), { recursive: true })) {
    const source = name.replace(/\.js(\.map)?$/, '.ts');
    if (source !== name && !existsSync(join(root, source))) await rm(join(root, 'dist', name), { force: true });
  }
}
