import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import pg from 'pg';
import { mergeCostPairs, openMerger } from './merge-cost.js';
import { type PairResult, runPair } from './pairs.js';

const ROUNDS = 100;
const WARM_UP = 20;

function tableRow({ name, ours, baseline, ratio, range, target, pass }: PairResult): string {
  const spread = `${range[0].toFixed(2)}–${range[1].toFixed(2)}`;
  const times = `${ours.toFixed(2)} ms / ${baseline.toFixed(2)} ms`;
  return `${pass ? '✓' : '✗'} ${name.padEnd(24)} ${times.padEnd(22)} ratio ${ratio.toFixed(2)} (${spread}), at most ${target}`;
}

async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0]?.server_version ?? 'unknown';
}

const url = process.env.DATABASE_URL;
if (url === undefined) throw new Error('DATABASE_URL: name an empty database for the benchmark; npm run bench makes one');
const { merger, close } = await openMerger(url);
const results: PairResult[] = [];
try {
  for (const pair of await mergeCostPairs(merger)) {
    const show = (done: number): void => {
      if (process.stdout.isTTY) process.stdout.write(`\r${pair.name}: ${Math.round(100 * done)} %`);
    };
    const result = await runPair(pair, ROUNDS, WARM_UP, show);
    results.push(result);
    process.stdout.write(`${process.stdout.isTTY ? '\r\u001b[K' : ''}${tableRow(result)}\n`);
  }
} finally {
  await close();
}
const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown' };
const versions = { node: process.version, postgres: await postgresVersion(url) };
await mkdir('bench', { recursive: true });
await writeFile('bench/results.json', `${JSON.stringify({ machine, versions, results }, undefined, 2)}\n`);
process.exitCode = results.every(({ pass }) => pass) ? 0 : 1;
