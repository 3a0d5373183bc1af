import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = new URL('..', import.meta.url).pathname;
const DEPCRUISE = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const CONFIG = join(ROOT, '.dependency-cruiser.mjs');
const LIBS = ['order-model', 'contracts', 'messaging', 'platform', 'testing', 'client'];

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
  };
}

/** One violation per rule, or several where a rule says several things; what is allowed stands among them. */
const PLANTED: Record<string, readonly (readonly [from: string, imports: string, to: string])[]> = {
  'apps-know-no-other-app': [['apps/one/src/peek.ts', '../../two/src/main.js', 'apps/two/src/main.ts']],
  'libs-know-no-app': [['libs/platform/src/boot.ts', '../../../apps/one/src/main.js', 'apps/one/src/main.ts']],
  'order-model-is-alone': [['libs/order-model/src/tell.ts', '#messaging', 'libs/messaging/src/index.ts']],
  'order-model-is-pure': [
    ['libs/order-model/src/read-file.ts', 'node:fs', 'fs'],
    ['libs/order-model/src/load.ts', 'some-package', 'node_modules/some-package/index.js'],
  ],
  'contracts-know-order-model-only': [['libs/contracts/src/send.ts', '#messaging', 'libs/messaging/src/index.ts']],
  'messaging-knows-no-business-word': [
    ['libs/messaging/src/order.ts', '#order-model', 'libs/order-model/src/index.ts'],
    ['libs/messaging/src/event.ts', '#contracts', 'libs/contracts/src/index.ts'],
    ['libs/messaging/src/problem.ts', '#platform', 'libs/platform/src/index.ts'],
  ],
  'client-is-light': [
    ['libs/client/src/relay.ts', '#messaging', 'libs/messaging/src/index.ts'],
    ['libs/client/src/problem.ts', '#platform', 'libs/platform/src/index.ts'],
    ['libs/client/src/store.ts', 'pg', 'node_modules/pg/index.js'],
  ],
  'wire-is-light': [['libs/messaging/src/waiting.ts', './shard.js', 'libs/messaging/src/shard.ts']],
  'libs-by-subpath-import': [
    ['apps/one/src/reach-in.ts', '../../../libs/messaging/src/index.js', 'libs/messaging/src/index.ts'],
    ['libs/testing/src/reach-in.ts', '../../messaging/src/index.js', 'libs/messaging/src/index.ts'],
    ['test/reach-in.ts', '../libs/messaging/src/index.js', 'libs/messaging/src/index.ts'],
  ],
  'typeorm-in-stores': [['apps/one/src/submit/decision.ts', 'typeorm', 'node_modules/typeorm/index.js']],
  'no-cycles': [['apps/one/src/egg.ts', './hen.js', 'apps/one/src/hen.ts']],
  resolvable: [['apps/one/src/typo.ts', '#order-modle', '#order-modle']],
};

const ALLOWED: readonly (readonly [from: string, imports: string])[] = [
  ['apps/one/src/submit/decide.ts', '#order-model'],
  ['apps/one/src/submit/ledger.store.ts', 'typeorm'],
  ['apps/one/src/submit/submit.service.ts', './ledger.store.js'],
  ['apps/one/src/migrations/0001-first.ts', 'typeorm'],
  ['apps/one/src/hen.ts', './egg.js'], // a cycle is reported once, at its other half
  ['libs/contracts/src/orders.ts', '#order-model'],
  ['libs/contracts/src/schema.ts', 'some-package'],
  ['libs/order-model/src/totals.ts', 'big.js'],
  ['libs/messaging/src/outbox.ts', 'typeorm'],
  ['libs/messaging/src/shard.ts', 'typeorm'],
  ['libs/messaging/src/wire.ts', './cloud-event.js'],
  ['libs/messaging/src/cloud-event.ts', 'amqplib'],
  ['libs/client/src/subscribe.ts', '#messaging/wire'],
  ['libs/client/src/event.ts', '#contracts'],
];

async function cruise(directory: string, folders: readonly string[]): Promise<Report> {
  const run = promisify(execFile)(process.execPath, [DEPCRUISE, '--config', CONFIG, '--output-type', 'json', ...folders], {
    cwd: directory,
    maxBuffer: 64 * 1024 * 1024,
  });
  // Its exit status is the number of errors.
  const { stdout } = await run.catch((error: { readonly stdout: string }) => error);
  return JSON.parse(stdout) as Report;
}

async function plant(directory: string): Promise<void> {
  const imports = {
    ...Object.fromEntries(LIBS.map((lib) => [`#${lib}`, { source: `./libs/${lib}/src/index.ts` }])),
    '#messaging/wire': { source: './libs/messaging/src/wire.ts' },
  };
  const packages = { typeorm: '1', 'some-package': '1', 'big.js': '7', pg: '8', amqplib: '2' };
  const files = new Map<string, string>([
    ['package.json', JSON.stringify({ name: 'planted', type: 'module', imports, dependencies: packages })],
    ['tsconfig.json', JSON.stringify({ compilerOptions: { module: 'nodenext', customConditions: ['source'] } })],
    ...Object.keys(packages).flatMap((name): [string, string][] => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' })],
      [`node_modules/${name}/index.js`, ''],
    ]),
    ...LIBS.map((lib): [string, string] => [`libs/${lib}/src/index.ts`, 'export const name = 1;']),
    ...['one', 'two'].map((app): [string, string] => [`apps/${app}/src/main.ts`, 'export const name = 1;']),
  ]);
  for (const [from, specifier] of [...Object.values(PLANTED).flat(), ...ALLOWED]) {
    files.set(from, `import * as it from '${specifier}';\nexport const seen = it;\n`);
  }
  for (const [path, text] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

describe('the architecture rules', () => {
  let directory = '';
  let found: Record<string, string[]> = {};

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'supping-architecture-'));
    await plant(directory);
    const { summary } = await cruise(directory, ['apps', 'libs', 'test']);
    found = {};
    for (const { from, to, rule } of summary.violations) {
      found[rule.name] = [...(found[rule.name] ?? []), `${from} → ${to}`];
    }
  }, 60_000);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  test.each(Object.entries(PLANTED))('%s reports what breaks it, and nothing else', (rule, planted) => {
    expect(found[rule]?.toSorted()).toEqual(planted.map(([from, , to]) => `${from} → ${to}`).toSorted());
  });

  test('each rule has its planted violation', async () => {
    const { default: config } = (await import(CONFIG)) as { default: { forbidden: readonly { name: string }[] } };
    expect(config.forbidden.map(({ name }) => name).toSorted()).toEqual(Object.keys(PLANTED).toSorted());
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(PLANTED).toSorted());
  });
});

test('this tree keeps every rule', async () => {
  const { summary } = await cruise(ROOT, ['apps', 'libs', 'test', 'tools']);
  expect(summary.totalCruised).toBeGreaterThan(50);
  expect(summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
}, 60_000);
