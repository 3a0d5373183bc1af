import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { runCommand, say } from '../chaos/command.js';
import { budget } from './budget.js';
import { chart } from './chart.js';
import { floor } from './floor.js';
import type { Result } from './measure.js';
import { ROWS } from './rows/index.js';
import { assertMandatory } from './stage/mandatory.js';
import { openServers, type Servers } from './stage/servers.js';

const RESULTS = 'bench/results.json';
const CHART = 'docs/performance.svg';

interface Report {
  readonly machine: { readonly cpus: number; readonly model: string };
  readonly versions: Servers['versions'];
  readonly results: readonly Result[];
}

/** No rows: where the CPU goes, and what the ratios can come to at most. */
const BUDGET = 'budget';
const FLOOR = 'floor';

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

function tableRow({ name, unit, ours, baseline, ratio, range, bound, target, pass, bare }: Result): string {
  const figures = `${figure(ours)} / ${figure(baseline)} ${unit}`;
  const spread = range[0] === range[1] ? '' : ` (${range[0].toFixed(2)}–${range[1].toFixed(2)})`;
  const wanted = `${bound === 'least' ? 'at least' : 'at most'} ${Number(target.toFixed(2))}`;
  const allowed = bare === undefined ? '' : `; bare ${bare.toFixed(2)}`;
  return `${pass ? '✓' : '✗'} ${name.padEnd(46)} ${figures.padEnd(34)} ${`${ratio.toFixed(2)}${spread}`.padEnd(20)} ${wanted}${allowed}`;
}

/** @throws Error naming what there is */
function wantedRows(names: readonly string[]): string[] {
  for (const name of names) {
    if (!Object.hasOwn(ROWS, name)) throw new Error(`${name} is no row of the benchmark; there are ${Object.keys(ROWS).join(', ')}`);
  }
  const wanted = names.length > 0 ? names : Object.keys(ROWS);
  return wanted.filter((name, at) => wanted.findIndex((other) => ROWS[other] === ROWS[name]) === at);
}

/** Runs one row and shows how far it is. */
async function runRow(servers: Servers, name: string, row = ROWS[name]): Promise<readonly Result[]> {
  const show = (done: number): void => {
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${name}: ${Math.round(100 * done)} %`);
  };
  if (row === undefined) throw new Error(`no row ${name}`);
  const began = Date.now();
  show(0);
  const results = await row({ servers, tick: show });
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  for (const result of results) say(tableRow(result));
  if (!process.stdout.isTTY) say(`  ${name} took ${((Date.now() - began) / 1_000).toFixed(0)} s`);
  return results;
}

/** What earlier runs have measured. */
async function earlier(): Promise<readonly Result[]> {
  const text = await readFile(RESULTS, 'utf8').catch(() => '{"results":[]}');
  return (JSON.parse(text) as Report).results;
}

/** Writes what was measured, and what earlier runs have measured of the other rows: after every row, for it may be the last. */
async function keep({ versions }: Servers, measured: readonly Result[]): Promise<void> {
  const old = (await earlier()).filter(({ name }) => !measured.some((one) => one.name === name));
  const results = [...old, ...measured];
  const report: Report = { machine: { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown' }, versions, results };
  await writeFile(RESULTS, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(CHART, chart(results));
}

/** @returns the exit status: 0 only if every ratio is as good as it must be */
async function main(signal: AbortSignal): Promise<number> {
  const asked = process.argv.slice(2);
  const names = asked.includes(BUDGET) || asked.includes(FLOOR) ? [] : wantedRows(asked);
  say('Starting PostgreSQL and RabbitMQ …');
  const servers = await openServers(signal, asked.includes(BUDGET));
  try {
    // What waits for something waits in vain when it is stopped; the servers are ended under it.
    const stopped = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    stopped.catch(() => undefined);
    if (asked.includes(BUDGET)) {
      await Promise.race([budget(servers, say), stopped]);
      return 0;
    }
    if (asked.includes(FLOOR)) {
      await Promise.race([runRow(servers, FLOOR, ({ tick }) => floor(servers, tick)), stopped]);
      return 0;
    }
    await Promise.race([assertMandatory(servers), stopped]);
    const measured: Result[] = [];
    let broken = 0;
    for (const name of names) {
      try {
        measured.push(...(await Promise.race([runRow(servers, name), stopped])));
        await keep(servers, measured);
      } catch (error) {
        signal.throwIfAborted();
        broken += 1;
        say(`✗ ${name}: ${(error as Error).message}`);
        await servers.closeDeployments();
      }
    }
    return broken === 0 && measured.every(({ pass }) => pass) ? 0 : 1;
  } finally {
    await servers.close();
  }
}

runCommand(main);
