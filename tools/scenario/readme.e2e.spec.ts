import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { checkPolicy, type JsonObject, readPolicy, usualPolicy } from '#order-model';
import { eventually } from '#testing';
import { SERVICES, Stack } from '../../test/stack.js';

const ROOT = resolve(new URL('../..', import.meta.url).pathname);
const SOON = { timeoutMs: 20_000 };
const PORTS = { 'order-service': 3001, 'supp-service': 3002, 'merger-worker': 3003 };

const stack = new Stack();
let readme = '';
let folder = '';

/** The code blocks of one language under one heading of the README. */
function blocks(heading: string, language: string): string[] {
  const section = readme.split(/^## /m).find((one) => one.startsWith(heading)) ?? '';
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code ?? '');
}

/** As it stands in the README, with the ports of this test's services in place of the usual ones. */
function withPorts(text: string): string {
  return SERVICES.reduce((code, name) => code.replaceAll(`http://localhost:${PORTS[name]}`, stack.url(name, '')), text);
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<{ code: number; out: string }> {
  return new Promise((done) => {
    execFile(program, args, { env, cwd: folder }, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), out: out + err }),
    );
  });
}

beforeAll(async () => {
  readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'supping-readme-'));
  await stack.open();
}, 60_000);
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true });
}, 60_000);

describe('the README', () => {
  it('has a tour that works typed as it stands, and a consumer that receives all of it', async () => {
    const [source] = blocks('Subscribing downstream', 'js');
    const queue = `${stack.topology.prefix}readme`;
    // Inside the repository, as the README says, so that Node finds amqplib.
    const consumer = join(ROOT, 'dist', `readme-consumer-${process.pid}.mjs`);
    await writeFile(consumer, (source ?? '').replace('provisioning.effective-orders', queue));
    const environment = { ...process.env, AMQP_URL: stack.amqpUrl, SUPPING_PREFIX: stack.topology.prefix };
    const child = spawn(process.execPath, [consumer], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const model = await connect(stack.amqpUrl, { noDelay: true });
    try {
      let received = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (received += chunk));
      await eventually(async () => {
        const channel = await model.createChannel();
        channel.on('error', () => undefined);
        expect((await channel.checkQueue(queue)).consumerCount).toBe(1);
      }, SOON);

      const tour = blocks('Five minutes with curl', 'bash').map(withPorts).join('\n');
      const { code, out } = await run('bash', ['-euo', 'pipefail', '-c', tour]);
      expect(code).toBe(0);
      const order = /^order (\S{36})$/m.exec(out)?.[1];
      expect(out).toMatch(/"state":"merged","sequence":1,"revision":2/);
      expect(out).toMatch(/"state":"merged","sequence":2,"revision":3/);
      expect(out).toContain('past-point-of-no-return');
      expect(out).toMatch(
        /1\. orderCreated, order acknowledged\n {5}\(the order\)\n2\. supplement, [\s\S]*demarc\.floor\/value\n3\. supplement/,
      );
      expect(out).toMatch(/4\. amendment, [\s\S]*5\. progress, order inProgress/);
      await eventually(() => expect(received).toContain(`${order} revision 5 (inProgress) by progress:`), SOON);
      const revisions = [...received.matchAll(new RegExp(`^${order} revision (\\d+) `, 'gm'))].map(([, revision]) => Number(revision));
      expect(revisions).toEqual([1, 2, 3, 4, 5]);
    } finally {
      child.kill();
      await model.createChannel().then((channel) => channel.deleteQueue(queue));
      await model.close();
      await rm(consumer);
    }
  }, 90_000);

  it('has everything that an operator can do, typed as it stands', async () => {
    const { code, out } = await run('bash', [
      '-euo',
      'pipefail',
      '-c',
      blocks('What an operator can do', 'bash').map(withPorts).join('\n'),
    ]);
    expect(code).toBe(0);
    const told = out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as JsonObject);
    const [first, held, resolved, pending, refused, accepted, audit, own, versions, merger, verified, rebuilt, ...rest] = told;
    expect(first).toMatchObject({ state: 'merged', revision: 2 });
    expect(held).toMatchObject({ items: [{ state: 'held', problems: [{ code: 'conflict' }] }] });
    expect(resolved).toMatchObject({ state: 'accepted', sequence: 3, resolution: { action: 'apply' } });
    expect(pending).toMatchObject({ items: [{ state: 'pendingApproval', charge: { state: 'open' } }] });
    expect(refused).toMatchObject({ status: 409, type: expect.stringMatching(/wrong-state$/), mayBeDone: expect.any(Array) });
    expect(accepted).toMatchObject({ sequence: 4, charge: { state: 'accepted' } });
    expect((audit as { items: JsonObject[] }).items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['supplement.resolved-by-apply', 'supplement.accepted-by-customer']),
    );
    expect(own).toMatchObject({ history: expect.any(Array) });
    expect(versions).toMatchObject({ items: [{ version: 1 }] });
    expect(merger).toMatchObject({ items: [] });
    expect(verified).toMatchObject({ ok: true });
    expect(rebuilt).toMatchObject({ ok: true, changed: 0 });
    const [acknowledged, ofOrder, behind] = rest.filter(({ kind }) => kind === undefined);
    expect(rest.find(({ kind }) => kind === 'done')).toMatchObject({ found: 0 });
    expect(acknowledged).toMatchObject({ consumer: 'fulfilment', revision: 1, status: 'ack' });
    for (const list of [ofOrder, behind]) expect(list).toMatchObject({ items: [{ consumer: 'fulfilment', acked: 1 }] });
  }, 60_000);

  it('has a policy that can be used', () => {
    const [policy] = blocks('Settings', 'json');
    const given = JSON.parse(policy ?? '') as JsonObject;
    expect(checkPolicy(given)).toEqual([]);
    expect(readPolicy(given).approvals.map(({ name }) => name)).toEqual(['vendor', 'blocking-charge']);
  });

  it('has a document of the policy that names every member with its real default', async () => {
    const text = await readFile(join(ROOT, 'docs/policy.md'), 'utf8');
    const { approvals, pointOfNoReturn, charges, reasonCodes, limits } = usualPolicy;
    expect(JSON.parse(/^```json\n([\s\S]*?)^```/m.exec(text)?.[1] ?? '')).toEqual({ approvals });
    const rows = new Map(
      [...text.matchAll(/^\| `([^`]+)` \| (.*?) \| /gm)].map(([, member, usual]) => [member, usual?.replaceAll('`', '')]),
    );
    const usual = (member: string): unknown => JSON.parse(rows.get(member) ?? '');
    expect(usual('pointOfNoReturn.alwaysOpen')).toEqual(pointOfNoReturn.alwaysOpen);
    expect(usual('pointOfNoReturn.rules')).toEqual(pointOfNoReturn.rules);
    expect(usual('charges.waitHours')).toEqual(charges.waitHours);
    expect(usual('reasonCodes.extra')).toEqual(reasonCodes.extra);
    expect(usual('reasonCodes.onlyKnown')).toEqual(reasonCodes.onlyKnown);
    expect(limits).toEqual({});
    for (const limit of ['supplementsPerOrder', 'supplementsAfterConfirmation', 'leastNoticeHours']) {
      expect(rows.get(`limits.${limit}`)).toBe('none');
      expect(checkPolicy({ limits: { [limit]: 1 } })).toEqual([]);
    }
    const rule = ['name', 'when', 'by', 'waitHours', 'onExpiry'];
    expect(checkPolicy({ approvals: [{}] }).map(({ pointer }) => pointer.split('/').at(-1))).toEqual(rule);
    for (const member of rule) expect(rows.get(`approvals[].${member}`)).toMatch(/^required/);
  });

  it('has a scenario that plays as it stands', async () => {
    const [scenario] = blocks('Scenarios', 'json');
    const file = join(folder, 'readme.scenario.json');
    await writeFile(file, (scenario ?? '').replace('orders/', `${ROOT}/samples/orders/`));
    const { code, out } = await run(process.execPath, [join(ROOT, 'dist/tools/scenario/main.js'), file], {
      ...process.env,
      ORDER_SERVICE_URL: stack.url('order-service', ''),
      SUPP_SERVICE_URL: stack.url('supp-service', ''),
      MERGER_WORKER_URL: stack.url('merger-worker', ''),
      AMQP_URL: stack.amqpUrl,
      SUPPING_PREFIX: stack.topology.prefix,
    });
    expect({ code, wrong: out.split('\n').filter((line) => line.includes('✘')) }).toEqual({ code: 0, wrong: [] });
  }, 60_000);
});
