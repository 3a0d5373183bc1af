import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Downstream } from './downstream.js';
import { loadScenario } from './load.js';
import { playScenario, type Stage } from './play.js';
import { faultLines, summaryLines, type Verdict } from './render.js';
import { Services } from './services.js';
import { readSettings, SettingError } from './settings.js';
import { Patience } from './waiting.js';

const USAGE = 'node dist/tools/scenario/main.js [FILE…]   plays scenario files, those of samples/ when none is named';
const WAIT_MS = 30_000;
const SUFFIX = '.scenario.json';

/** `samples/` of the repository, from the source as from the build. */
function samplesFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return resolve(here, here.includes(join('dist', 'tools')) ? '../../..' : '../..', 'samples');
}

async function samples(): Promise<string[]> {
  const folder = samplesFolder();
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .map((name) => join(folder, name));
}

const print = (lines: readonly string[]): void => {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
};

/** On a terminal, what is being waited for, on a line that goes away again. */
function showWait(what: string | undefined): void {
  if (process.stdout.isTTY)
    process.stdout.write(what === undefined ? '\r\x1b[K' : `\r\x1b[K  … ${what}`.slice(0, process.stdout.columns || 80));
}

function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}

async function openStage(): Promise<Stage> {
  const settings = readSettings(process.env);
  const services = new Services(settings);
  await services.reach();
  return { services, downstream: await Downstream.open(settings), patience: new Patience(WAIT_MS, showWait), print };
}

async function playAll(files: readonly string[]): Promise<boolean> {
  const loaded = await Promise.all(files.map(loadScenario));
  const stage = loaded.some((one) => 'scenario' in one) ? await openStage() : undefined;
  const verdicts: Verdict[] = [];
  try {
    for (const one of loaded) {
      const file = shown(one.file);
      if ('faults' in one || stage === undefined) {
        if ('faults' in one) print(['', ...faultLines(file, one.faults)]);
        verdicts.push({ file, asExpected: false });
        continue;
      }
      print(['', `▶ ${one.scenario.title ?? file}  (${file})`]);
      verdicts.push({ file, asExpected: await playScenario(stage, one.scenario) });
    }
  } finally {
    await stage?.downstream.close();
  }
  print(summaryLines(verdicts));
  return verdicts.every(({ asExpected }) => asExpected);
}

async function main(args: readonly string[]): Promise<number> {
  const option = args.find((arg) => arg.startsWith('-'));
  if (option !== undefined) {
    process.stderr.write(`${option}: there is no such option\n${USAGE}\n`);
    return 1;
  }
  try {
    const files = args.length > 0 ? args.map((arg) => resolve(arg)) : await samples();
    if (files.length > 0) return (await playAll(files)) ? 0 : 1;
    process.stderr.write(`${samplesFolder()} holds no *${SUFFIX}; name the files to play\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof SettingError ? error.message : ((error as Error).stack ?? error)}\n`);
  }
  return 1;
}

// What reads our output may go first (`npm run demo | head`).
process.stdout.on('error', () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));
