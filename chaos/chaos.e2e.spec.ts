import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FaultName } from './faults/names.js';
import type { Results } from './report.js';
import { replaceOnce, SABOTAGES } from './sabotage.js';

/** What of all that can go wrong fits into two minutes; the rest is for `npm run chaos`. */
const FAULTS: readonly FaultName[] = [
  'kill -9 supp-service before commit',
  'kill -9 order-service after publish',
  'kill -9 merger-worker after commit',
  'kill -9 merger-worker before ack',
  'COMMIT reply lost',
  'confirm lost',
  'shuffled messages',
  'sessions terminated',
  'poison message',
  'merger stalls in its transaction',
];
const DIST = new URL('../dist/', import.meta.url).pathname;
const MAIN = `${DIST}chaos/main.js`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supping-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('given all services under load, when they are killed, cut off and told things twice, then every 2xx has one effect', async () => {
  const results = join(folder, 'results.json');
  const args = [MAIN, '--single-node', '--seed', '7', '--only', FAULTS.join(), '--results', results];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(said);
  const { faults, accepted, merged, ...broken } = JSON.parse(await readFile(results, 'utf8')) as Results;
  expect(broken).toMatchObject({ seed: 7, lost: 0, duplicated: 0, reordered: 0, unexpectedDeadLetters: 0 });
  expect(faults.map(({ name }) => name).sort()).toEqual([...FAULTS].sort());
  expect(accepted).toBeGreaterThan(100);
  expect(merged).toBe(accepted);
}, 360_000);

test.each(Object.entries(SABOTAGES))(
  'given what is built, when %s is to be switched off, then its places are there',
  async (name, { replacements }) => {
    for (const { file, find, replace } of replacements) {
      expect(replaceOnce(await readFile(`${DIST}${file}`, 'utf8'), find, replace, name)).toContain(replace);
    }
  },
);
