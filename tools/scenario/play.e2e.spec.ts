import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#order-model';
import { Stack } from '../../test/stack.js';

const ROOT = resolve(new URL('../..', import.meta.url).pathname);
const PLAYER = join(ROOT, 'dist/tools/scenario/main.js');
/** Orders as carriers exchange them; beside the repository where there are any, never in it. */
const REAL_ORDERS = join(ROOT, '../shared/data/orders');

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const stack = new Stack();
let folder = '';

function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ORDER_SERVICE_URL: stack.url('order-service', ''),
    SUPP_SERVICE_URL: stack.url('supp-service', ''),
    MERGER_WORKER_URL: stack.url('merger-worker', ''),
    AMQP_URL: stack.amqpUrl,
    SUPPING_PREFIX: stack.topology.prefix,
  };
}

function play(files: readonly string[], env: NodeJS.ProcessEnv = environment()): Promise<Run> {
  return new Promise((done) => {
    execFile(process.execPath, [PLAYER, ...files], { env, cwd: tmpdir() }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

async function scenarioFile(name: string, scenario: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, typeof scenario === 'string' ? scenario : JSON.stringify(scenario));
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supping-scenarios-'));
  await stack.open();
}, 60_000);
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true });
}, 60_000);

describe('the player', () => {
  it('plays every sample as expected, and again', async () => {
    const samples = readdirSync(join(ROOT, 'samples')).filter((name) => name.endsWith('.scenario.json'));
    const { code, out, err } = await play([]);
    expect({ code, err, out: out.split('\n').filter((line) => line.includes('✘')) }).toEqual({ code: 0, err: '', out: [] });
    expect(out).toContain(`✔ ${samples.length} scenarios: ${samples.length} as expected, 0 not`);
    // The one that gives its supplement an id.
    expect((await play([join(ROOT, 'samples/10-retry-and-completion.scenario.json')])).code).toBe(0);
  }, 180_000);

  it('prints both values of what differs, and ends with 1', async () => {
    const order = { externalId: 'differs', productOrderItem: [{ id: '1', action: 'add', quantity: 1 }] };
    const supplement = { category: 'correction', changes: { productOrderItem: [{ id: '1', intent: 'amend', quantity: 2 }] } };
    const unknown = { category: 'correction', changes: { productOrderItem: [{ id: '8', intent: 'amend', quantity: 2 }] } };
    const file = await scenarioFile('differs.json', {
      title: 'differs',
      order,
      steps: [
        { supplement, expect: { revision: 7 } },
        { supplement: unknown, name: 'eight' },
      ],
      effective: { revision: 2, values: { '/productOrderItem/1/quantity': 3, '/externalId': null } },
    });
    const { code, out } = await play([file]);
    expect(code).toBe(1);
    expect(out).toMatch(/step 1 \(supplement\): revision\n\s+expected 7\n\s+got {6}2/);
    expect(out).toMatch(/step 2 \(supplement "eight"\): outcome\n\s+expected merged\n\s+got {6}rejected \(unknown-item/);
    expect(out).toMatch(/\/productOrderItem\/1\/quantity\n\s+expected 3\n\s+got {6}2/);
    expect(out).toMatch(/\/externalId\n\s+expected nothing\n\s+got {6}"differs"/);
  }, 60_000);

  it('says what is wrong with a file, by its name and a JSON Pointer, and plays the others', async () => {
    const good = { order: { productOrderItem: [{ id: '1', action: 'add' }] }, steps: [], effective: { revision: 1 } };
    const files = [
      await scenarioFile('broken.json', '{"order": '),
      await scenarioFile('later.json', { ...good, steps: [{ escalate: 'x' }, { approve: 'x' }] }),
      join(folder, 'missing.json'),
      await scenarioFile('no-order.json', { ...good, order: { $file: 'nowhere.json' } }),
      await scenarioFile('good.json', good),
    ];
    const { code, out } = await play(files);
    expect(code).toBe(1);
    expect(out).toMatch(/broken\.json: is not JSON/);
    expect(out).toMatch(/later\.json \/steps\/0\/escalate: .*plays supplement, amendment, progress, cancel/);
    expect(out).toMatch(/later\.json \/steps\/1\/approve: no step before it makes a supplement of this name/);
    expect(out).toMatch(/missing\.json: there is no such file/);
    expect(out).toMatch(/no-order\.json \/order\/\$file: .*nowhere\.json there is no such file/);
    expect(out).toMatch(/✔ as expected: revision 1, acknowledged/);
    expect(out).toContain('5 scenarios: 1 as expected, 4 not');
  }, 60_000);

  it.each([
    ['ORDER_SERVICE_URL', 'http://127.0.0.1:9', /^ORDER_SERVICE_URL: nothing answers at http:\/\/127\.0\.0\.1:9 .*run npm start first\n$/],
    ['AMQP_URL', 'amqp://guest:secret@127.0.0.1:9', /^AMQP_URL: cannot connect to RabbitMQ at amqp:\/\/127\.0\.0\.1:9 .*\n$/],
    ['SUPPING_PREFIX', 'nobody.', /^SUPPING_PREFIX: RabbitMQ has no exchange nobody\.events.*\n$/],
    ['SUPP_SERVICE_URL', 'localhost', /^SUPP_SERVICE_URL: not a URL that begins with http:\/\/ or https:\/\/\n$/],
  ])(
    'names %s in one line when it leads nowhere',
    async (setting, value, line) => {
      const { code, err } = await play([], { ...environment(), [setting]: value });
      expect(code).toBe(1);
      expect(err).toMatch(line);
    },
    30_000,
  );
});

const real = existsSync(REAL_ORDERS) ? readdirSync(REAL_ORDERS).filter((name) => name.endsWith('.json')) : [];
for (const name of real) {
  it(`brings the unknown attributes of ${name} back as they came`, async () => {
    const order = JSON.parse(readFileSync(join(REAL_ORDERS, name), 'utf8')) as JsonObject;
    const [first] = order.productOrderItem as JsonObject[];
    const id = String(first?.id);
    const at = `/productOrderItem/${id}`;
    const amend = (changes: JsonObject) => ({ id, intent: 'amend', ...changes });
    const file = await scenarioFile(`around-${name}`, {
      title: `supplements around ${name}`,
      order: { $file: join(REAL_ORDERS, name) },
      steps: [
        {
          supplement: {
            category: 'technicalDetail',
            changes: {
              productOrderItem: [
                amend({
                  product: {
                    productConfiguration: { surveyedBy: 'crew 4' },
                    productCharacteristic: [{ name: 'demarc.floor', value: '4' }],
                  },
                }),
                {
                  id: 'backup',
                  intent: 'add',
                  productOffering: { id: 'LTE' },
                  productOrderItemRelationship: [{ id, relationshipType: 'reliesOn' }],
                },
              ],
            },
          },
          expect: { state: 'merged', revision: 2 },
        },
        { amendment: { requestedCompletionDate: '2027-03-01T00:00:00Z' }, expect: { version: 2, revision: 3 } },
        { progress: { items: [{ id, state: 'inProgress', pointOfNoReturn: true }] }, expect: { revision: 4 } },
        {
          supplement: { category: 'dueDate', changes: { productOrderItem: [amend({ expediteIndicator: true })] } },
          expect: { problem: 'past-point-of-no-return' },
        },
        {
          supplement: { category: 'cancellation', changes: { productOrderItem: [{ id: 'backup', intent: 'cancel' }] } },
          expect: { revision: 5 },
        },
      ],
      effective: {
        revision: 5,
        state: 'inProgress',
        values: {
          '/externalId': order.externalId ?? null,
          '/relatedContactInformation': order.relatedContactInformation ?? null,
          [`${at}/billingAccount`]: first?.billingAccount ?? null,
          [`${at}/expediteIndicator`]: first?.expediteIndicator ?? null,
          [`${at}/product/productConfiguration/surveyedBy`]: 'crew 4',
          '/productOrderItem/backup/state': 'cancelled',
        },
      },
    });
    const { code, out } = await play([file]);
    expect({ code, wrong: out.split('\n').filter((line) => line.includes('✘')) }).toEqual({ code: 0, wrong: [] });
  }, 60_000);
}
