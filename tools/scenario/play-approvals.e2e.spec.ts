import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#order-model';
import { Stack } from '../../test/stack.js';

const PLAYER = join(resolve(new URL('../..', import.meta.url).pathname), 'dist/tools/scenario/main.js');
const rule = (name: string, when: JsonObject, by: string): JsonObject => ({ name, when, by, waitHours: 24, onExpiry: 'expire' });
const policy: JsonObject = {
  approvals: [rule('vendor', { origins: ['vendor'] }, 'operator'), rule('blocking-charge', { blockingCharge: true }, 'customer')],
};
const stack = new Stack({ SUPPING_POLICY: JSON.stringify(policy) });
let folder = '';

function play(file: string): Promise<{ code: number; out: string }> {
  const env = {
    ...process.env,
    ORDER_SERVICE_URL: stack.url('order-service', ''),
    SUPP_SERVICE_URL: stack.url('supp-service', ''),
    MERGER_WORKER_URL: stack.url('merger-worker', ''),
    AMQP_URL: stack.amqpUrl,
    SUPPING_PREFIX: stack.topology.prefix,
  };
  return new Promise((done) => {
    execFile(process.execPath, [PLAYER, file], { env }, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), out: out + err }),
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supping-approvals-'));
  await stack.open();
}, 90_000);
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true });
}, 60_000);

const order = { productOrderItem: [{ id: '1', action: 'add', quantity: 1 }] };
const quantity = (value: number, more: JsonObject = {}): JsonObject => ({
  category: 'correction',
  changes: { productOrderItem: [{ id: '1', intent: 'amend', quantity: value }] },
  ...more,
});
const both = { origin: 'vendor', charge: { category: 'construction', blocking: true, price: { unit: 'USD', value: 5 } } };

async function scenario(steps: JsonObject[], effective: JsonObject): Promise<string> {
  const file = join(folder, 'one.scenario.json');
  await writeFile(file, JSON.stringify({ order, steps, effective }));
  return file;
}

describe('the player, under a policy that has an operator approve', () => {
  it('approves, declines for whom the supplement waits, and says what it still waits for', async () => {
    const steps: JsonObject[] = [
      { supplement: quantity(2, both), expect: { state: 'pendingApproval', approvals: ['vendor', 'blocking-charge'] } },
      { approve: '1', expect: { state: 'pendingApproval', charge: 'open' } },
      { accept: '1', expect: { state: 'merged', sequence: 1, revision: 2, charge: 'accepted' } },
      { supplement: quantity(3, { origin: 'vendor' }), name: 'alone', expect: { state: 'pendingApproval' } },
      { decline: 'alone', reason: 'no', expect: { state: 'declined' } },
      { supplement: quantity(4, both), name: 'asked both', expect: { state: 'pendingApproval' } },
      { decline: 'asked both', expect: { state: 'declined', charge: 'declined' } },
      { supplement: quantity(5, { origin: 'vendor', externalId: 'PON-5' }), expect: { state: 'pendingApproval' } },
      { approve: 'PON-5', reason: 'as agreed', expect: { state: 'merged', sequence: 2, revision: 3 } },
      { revert: 'PON-5', name: 'back', expect: { state: 'merged', revision: 4 } },
      { revert: 'back', expect: { state: 'reverted', revision: 5 } },
    ];
    const { code, out } = await play(await scenario(steps, { revision: 5, values: { '/productOrderItem/1/quantity': 5 } }));
    expect({ code, wrong: out.split('\n').filter((line) => line.includes('✘')) }).toEqual({ code: 0, wrong: [] });
    expect(out).toContain('step 1 (supplement): pendingApproval, waits for vendor (operator), blocking-charge (customer)');
    expect(out).toMatch(/supplement 2 "PON-5" by \S+/);
  }, 60_000);

  it('finds every expectation and every check that does not hold', async () => {
    const steps: JsonObject[] = [
      { supplement: quantity(2, both), name: 'waits' },
      { withdraw: 'waits', expect: { state: 'declined', charge: 'open' } },
      { withdraw: 'waits' },
      { supplement: quantity(3), name: 'three', expect: { delta: {}, plan: [], price: [{ value: '1' }], overwritten: ['/a'] } },
      { preview: quantity(4, { basedOnRevision: 1 }) },
      { changeability: { amend: { '/id': true }, cancel: { '': 'dependency', '/productOrderItem/9': true }, add: 'order-closed' } },
      { asOf: 1, expect: { values: { '/productOrderItem/1/quantity': 3 } } },
      { diff: { from: 1, to: 2 }, expect: { delta: { '/productOrderItem/1/quantity': 9 } } },
      { provenance: '/productOrderItem/1/quantity', expect: { revision: 1 } },
      { acknowledge: { consumer: 'c', revision: 1, status: 'ack' }, expect: { lag: 0 } },
      { acknowledge: { consumer: 'c', revision: 9, status: 'ack' } },
      { lag: { c: 0, nobody: 0 } },
      { verify: true, expect: { revision: 9 } },
      { revert: 'three', expect: { state: 'rejected' } },
    ];
    const { code, out } = await play(await scenario(steps, { revision: 3 }));
    expect(code).toBe(1);
    const found = out.split('\n').flatMap((line) => /✘ step (\d+) \(\w+(?: "\w+")?\): (.*)$/.exec(line)?.slice(1, 3).join(' ') ?? []);
    expect(found).toEqual([
      '1 outcome',
      '2 state',
      '2 charge',
      '3 outcome',
      '4 delta /productOrderItem/1/quantity',
      '4 plan',
      '4 price',
      '4 overwritten',
      '5 outcome',
      '6 may amend /id',
      '6 may cancel the order',
      '6 may cancel /productOrderItem/9',
      '6 may add items',
      '7 /productOrderItem/1/quantity',
      '8 delta /productOrderItem/1/quantity',
      '9 revision',
      '10 lag',
      '11 outcome',
      '12 revisions that c is behind',
      '12 revisions that nobody is behind',
      '13 revision',
      '14 state',
    ]);
  }, 60_000);
});
