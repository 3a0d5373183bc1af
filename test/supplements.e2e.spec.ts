import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import { eventName, faultOfEvent } from '#contracts';
import { fromAmqp } from '#messaging';
import { type JsonObject, type Problem, type Revision, valueAt } from '#order-model';
import { eventually } from '#testing';
import { characteristic, internetAccess } from './orders.js';
import { type Answer, Stack } from './stack.js';

const approval = (name: string, when: JsonObject, by: string, waitHours: number, onExpiry: string): JsonObject => ({
  name,
  when,
  by,
  waitHours,
  onExpiry,
});
const policy: JsonObject = {
  approvals: [
    approval('vendor', { origins: ['vendor'] }, 'operator', 24, 'expire'),
    approval('blocking-charge', { blockingCharge: true }, 'customer', 72, 'expire'),
    approval('at-once', { origins: ['seller'], categories: ['construction'] }, 'operator', 0, 'expire'),
    approval('silence-is-consent', { origins: ['seller'], categories: ['delivery'] }, 'operator', 0, 'accept'),
  ],
  limits: { supplementsPerOrder: 6, supplementsAfterConfirmation: 1, leastNoticeHours: 24 },
  reasonCodes: { extra: [{ code: 'DEMARC_CHANGE', text: 'the demarc moved', category: 'technicalDetail' }], onlyKnown: true },
};
const stack = new Stack({ SUPPING_POLICY: JSON.stringify(policy), SUPPING_EXPIRY_INTERVAL_MS: '100' });
const TMF = '/tmf-api/productOrderingManagement/v4/productOrder';

interface Seen {
  readonly id: string;
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly state: string;
  readonly sequence?: number;
  readonly revision?: number;
  readonly problems?: readonly Problem[];
  readonly errors?: readonly { code: string; detail: string; pointer?: string }[];
  readonly mayBeDone?: readonly string[];
  readonly [attribute: string]: unknown;
}
type Reply = Answer<Seen>;

/** What supp-service told of each supplement, in order. */
const told = new Map<string, string[]>();
let listening: ChannelModel | undefined;

async function listen(): Promise<void> {
  listening = await connect(stack.amqpUrl);
  const channel = await listening.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, stack.topology.events, 'supplement.#');
  await channel.consume(
    queue,
    (message) => {
      if (message === null) return;
      const event = fromAmqp(message);
      const { id } = event.data as { id?: string };
      const name = faultOfEvent(event) ?? eventName(event.type) ?? event.type;
      if (event.source === '/supp-service' && id !== undefined) told.set(id, [...(told.get(id) ?? []), name.replace('supplement.', '')]);
    },
    { noAck: true },
  );
}

beforeAll(async () => {
  await stack.open();
  await listen();
}, 90_000);
afterAll(async () => {
  await listening?.close();
  await stack.close();
}, 60_000);

const waiting = { prefer: 'wait=10' };
const submit = (orderId: string, body: unknown, headers: Record<string, string> = waiting): Promise<Reply> =>
  stack.call('supp-service', 'POST', `/orders/${orderId}/supplements`, body, headers);
const step = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  stack.call('supp-service', 'POST', path, body, headers);
const read = async (id: string): Promise<Seen> => (await stack.call<Seen>('supp-service', 'GET', `/supplements/${id}`)).body;
const code = ({ status, body }: Reply): [number, string] => [status, body.type?.split('/').at(-1) ?? body.state];
const effective = async (orderId: string): Promise<{ revision: number; order: JsonObject }> =>
  (await stack.call<{ revision: number; order: JsonObject }>('merger-worker', 'GET', `/effective-orders/${orderId}`)).body;
const revisionOf = async (orderId: string, n: number): Promise<Revision> =>
  (await stack.call<Revision>('merger-worker', 'GET', `/effective-orders/${orderId}/revisions/${n}`)).body;
const progress = (orderId: string, items: JsonObject[]): Promise<Answer<unknown>> =>
  stack.call('order-service', 'POST', `/orders/${orderId}/progress`, { items });

async function placeOrder(given: JsonObject = {}): Promise<string> {
  const { status, body } = await stack.call<{ id: string }>('order-service', 'POST', TMF, { ...internetAccess('life-cycle'), ...given });
  expect(status).toBe(201);
  await eventually(async () => expect((await effective(body.id)).revision).toBe(1), { timeoutMs: 10_000 });
  return body.id;
}
/** Waits until a supplement has come to a state. */
async function inState(id: string, state: string): Promise<Seen> {
  let seen: Seen | undefined;
  await eventually(
    async () => {
      seen = await read(id);
      expect(seen.state).toBe(state);
    },
    { timeoutMs: 15_000 },
  );
  return seen as Seen;
}
const from = (origin: string, given: JsonObject = {}): JsonObject => ({ ...characteristic('vlan', '7'), origin, ...given });
const charge = (blocking: boolean): JsonObject => ({ category: 'construction', blocking, price: { unit: 'USD', value: 18400 } });
const items = (...productOrderItem: JsonObject[]): JsonObject => ({ category: 'component', changes: { productOrderItem } });

describe('a supplement that needs an answer', () => {
  it('waits without a sequence, does not keep others waiting, and merges once everybody said yes', async () => {
    const orderId = await placeOrder();
    const { status, body } = await submit(orderId, from('vendor', { charge: charge(true), reason: { code: '1J' } }));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      state: 'pendingApproval',
      approvals: [
        { name: 'vendor', by: 'operator', dueDate: expect.any(String) },
        { name: 'blocking-charge', by: 'customer', dueDate: expect.any(String) },
      ],
      charge: { ...charge(true), state: 'open', dueDate: expect.any(String) },
      dueDate: expect.any(String),
    });
    expect(body).not.toHaveProperty('sequence');
    expect((await submit(orderId, characteristic('mtu', '9000'))).body).toMatchObject({ state: 'merged', sequence: 1, revision: 2 });
    expect((await step(`/supplements/${body.id}/accept`, { reason: { text: 'go ahead' } })).body).toMatchObject({
      state: 'pendingApproval',
      charge: { state: 'accepted' },
    });
    expect(code(await step(`/supplements/${body.id}/accept`))).toEqual([409, 'wrong-state']);
    expect((await step(`/admin/supplements/${body.id}/approve`)).body).toMatchObject({ state: 'accepted', sequence: 2 });
    expect(await inState(body.id, 'merged')).toMatchObject({ revision: 3, charge: { state: 'accepted' } });
    await eventually(() => expect(told.get(body.id)).toEqual(['submitted', 'accepted']));
    const { history } = await read(body.id);
    expect(history).toMatchObject([
      { action: 'supplement.submitted', by: 'anonymous', reason: { code: '1J' }, after: { state: 'pendingApproval' } },
      { action: 'supplement.accepted-by-customer', reason: { text: 'go ahead' } },
      { action: 'supplement.accepted-by-operator', before: { state: 'pendingApproval' }, after: { state: 'accepted', sequence: 2 } },
    ]);
  }, 30_000);

  it('ends when one of them says no, or its author takes it back; nothing is merged', async () => {
    const orderId = await placeOrder();
    const [byOperator, byCustomer, taken] = await Promise.all(
      [1, 2, 3].map(async () => (await submit(orderId, from('vendor', { charge: charge(true) }))).body.id),
    );
    expect((await step(`/admin/supplements/${byOperator}/decline`, { reason: { text: 'no' } })).body).toMatchObject({
      state: 'declined',
      charge: { state: 'void' },
    });
    expect((await step(`/supplements/${byCustomer}/decline`)).body).toMatchObject({ state: 'declined', charge: { state: 'declined' } });
    const key = { 'idempotency-key': 'take-back' };
    expect((await step(`/supplements/${taken}/withdraw`, {}, key)).body.state).toBe('withdrawn');
    expect((await step(`/supplements/${taken}/withdraw`, {}, key)).body.state).toBe('withdrawn');
    expect(code(await step(`/supplements/${taken}/withdraw`, { reason: { text: 'x' } }, key))).toEqual([422, 'idempotency-key-reused']);
    const again = await step(`/supplements/${taken}/withdraw`);
    expect(code(again)).toEqual([409, 'wrong-state']);
    expect(again.body).toMatchObject({ state: 'withdrawn', mayBeDone: [], detail: expect.stringContaining('is withdrawn') });
    expect((await effective(orderId)).revision).toBe(1);
    await eventually(() => {
      expect(told.get(byOperator as string)).toEqual(['submitted', 'declined']);
      expect(told.get(byCustomer as string)).toEqual(['submitted', 'declined']);
      expect(told.get(taken as string)).toEqual(['submitted', 'withdrawn']);
    });
    const { body } = await stack.call<{ items: JsonObject[] }>('supp-service', 'GET', `/supplements?state=declined&limit=500`);
    expect(body.items.map(({ id }) => id)).toEqual(expect.arrayContaining([byOperator, byCustomer]));
  }, 30_000);

  it('expires when nobody answers, or is accepted, as its rule says', async () => {
    const orderId = await placeOrder();
    const refused = await submit(orderId, from('seller', { category: 'construction' }));
    expect(refused.body.state).toBe('pendingApproval');
    const consented = await submit(orderId, from('seller', { category: 'delivery' }));
    expect(await inState(refused.body.id, 'expired')).toMatchObject({ approvals: [{ answer: 'expired', answeredBy: 'policy' }] });
    expect(await inState(consented.body.id, 'merged')).toMatchObject({
      sequence: 1,
      approvals: [{ answer: 'accepted', answeredBy: 'policy' }],
    });
    await eventually(() => expect(told.get(refused.body.id)).toEqual(['submitted', 'expired']));
    expect(code(await step(`/admin/supplements/${refused.body.id}/approve`))).toEqual([409, 'wrong-state']);
  }, 30_000);

  it('does not wait for a charge that blocks nothing: the answer to it is noted beside', async () => {
    const orderId = await placeOrder();
    const { body } = await submit(orderId, { ...characteristic('vlan', '7'), charge: charge(false) });
    expect(body).toMatchObject({ state: 'merged', sequence: 1, charge: { ...charge(false), state: 'open' } });
    expect((await step(`/supplements/${body.id}/decline`)).body).toMatchObject({ state: 'merged', charge: { state: 'declined' } });
    const late = { ...charge(false), responseDueDate: '2026-01-01' };
    const overdue = await submit(orderId, { ...characteristic('vlan', '8'), charge: late });
    await eventually(async () =>
      expect(await read(overdue.body.id)).toMatchObject({ state: 'merged', charge: { ...late, state: 'expired' } }),
    );
  }, 30_000);
});

describe('two supplements against the same revision', () => {
  const held = async (): Promise<{ orderId: string; id: string }> => {
    const orderId = await placeOrder();
    const [first, second] = [characteristic('demarc.floor', '4'), characteristic('demarc.floor', '5')];
    expect((await submit(orderId, { ...first, basedOnRevision: 1 })).body).toMatchObject({ state: 'merged', revision: 2 });
    const { body } = await submit(orderId, { ...second, basedOnRevision: 1 });
    expect(body).toMatchObject({ state: 'held', sequence: 2, problems: [{ code: 'conflict' }] });
    return { orderId, id: body.id };
  };
  const FLOOR = '/productOrderItem/1/product/productCharacteristic/demarc.floor/value';

  it('on disjoint paths both merge', async () => {
    const orderId = await placeOrder();
    const bodies = [characteristic('vlan', '1'), characteristic('mtu', '2')].map((one) => ({ ...one, basedOnRevision: 1 }));
    const both = await Promise.all(bodies.map((body) => submit(orderId, body)));
    expect(both.map(({ body }) => [body.state, body.revision]).sort()).toEqual([
      ['merged', 2],
      ['merged', 3],
    ]);
  }, 30_000);

  it('on the same path the second is held; nothing waits for it; an operator applies it over what came between', async () => {
    const { orderId, id } = await held();
    expect((await submit(orderId, { ...characteristic('vlan', '9'), basedOnRevision: 1 })).body).toMatchObject({
      state: 'merged',
      sequence: 3,
    });
    const reason = { text: 'the second survey is right' };
    expect((await step(`/admin/supplements/${id}/resolve`, { action: 'apply', reason })).body).toMatchObject({
      id,
      state: 'accepted',
      sequence: 4,
      resolution: { action: 'apply', reason },
    });
    const merged = await inState(id, 'merged');
    expect(merged).toMatchObject({ revision: 4, changes: expect.any(Object) });
    for (const gone of ['problems', 'onConflict']) expect(merged).not.toHaveProperty(gone);
    expect(await revisionOf(orderId, 4)).toMatchObject({
      cause: { id, sequence: 4 },
      overwritten: [{ path: FLOOR, revision: 2, before: '4' }],
    });
    expect(valueAt((await effective(orderId)).order, FLOOR)).toBe('5');
    expect(code(await step(`/admin/supplements/${id}/resolve`, { action: 'apply' }))).toEqual([409, 'wrong-state']);
  }, 30_000);

  it('an operator edits the held one, audited with what it was before', async () => {
    const { orderId, id } = await held();
    const { changes } = characteristic('demarc.floor', '6') as { changes: JsonObject };
    expect((await step(`/admin/supplements/${id}/resolve`, { action: 'edit', changes })).body).toMatchObject({
      state: 'accepted',
      sequence: 3,
    });
    expect(await inState(id, 'merged')).toMatchObject({ revision: 3, changes });
    expect(valueAt((await effective(orderId)).order, FLOOR)).toBe('6');
    const { body } = await stack.call<{ items: JsonObject[] }>('supp-service', 'GET', `/admin/audit?supplementId=${id}`);
    expect(body.items[0]).toMatchObject({
      action: 'supplement.resolved-by-edit',
      orderId,
      before: { state: 'held', sequence: 2, changes: (characteristic('demarc.floor', '5') as { changes: JsonObject }).changes },
      after: { state: 'accepted', sequence: 3, changes },
    });
    const pages: unknown[] = [];
    for (let url = `/admin/audit?supplementId=${id}&limit=1`; url !== ''; ) {
      const page = await stack.call<{ items: { id: string }[] }>('supp-service', 'GET', url);
      pages.push(...page.body.items.map((line) => line.id));
      url = /<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    }
    expect(pages).toEqual(body.items.map((line) => line.id));
    expect(new Set(pages).size).toBe(3);
  }, 30_000);

  it('an operator drops the held one, or its author withdraws it', async () => {
    const dropped = await held();
    expect((await step(`/admin/supplements/${dropped.id}/resolve`, { action: 'drop' })).body).toMatchObject({
      state: 'declined',
      sequence: 2,
    });
    const taken = await held();
    expect((await step(`/supplements/${taken.id}/withdraw`)).body.state).toBe('withdrawn');
    await eventually(() => {
      expect(told.get(dropped.id)).toEqual(['accepted', 'declined']);
      expect(told.get(taken.id)).toEqual(['accepted', 'withdrawn']);
    });
    expect((await effective(taken.orderId)).revision).toBe(2);
  }, 30_000);
});

describe('a revert', () => {
  it('takes a merged supplement back by a new one, and says so on both', async () => {
    const orderId = await placeOrder();
    const before = (await effective(orderId)).order;
    const lte = { id: '3', intent: 'add', action: 'add', productOffering: { id: 'LTE' } };
    const { changes } = characteristic('demarc.floor', '4') as { changes: { productOrderItem: JsonObject[] } };
    const { body } = await submit(orderId, items(...changes.productOrderItem, lte));
    const key = { ...waiting, 'idempotency-key': 'revert-1' };
    const back = await step(`/supplements/${body.id}/revert`, { externalId: 'PON-R' }, key);
    expect(back.status).toBe(201);
    expect(back.headers.get('location')).toBe(`/supplements/${back.body.id}`);
    expect(back.body).toMatchObject({
      state: 'merged',
      revision: 3,
      reverts: body.id,
      basedOnRevision: 2,
      onConflict: 'reject',
      externalId: 'PON-R',
    });
    expect(await inState(body.id, 'reverted')).toMatchObject({ revertedBy: back.body.id, revision: 2 });
    const after = (await effective(orderId)).order;
    expect(valueAt(after, '/productOrderItem/1')).toEqual(valueAt(before, '/productOrderItem/1'));
    expect(valueAt(after, '/productOrderItem/3/state')).toBe('cancelled');
    expect((await step(`/supplements/${body.id}/revert`, { externalId: 'PON-R' }, key)).body.id).toBe(back.body.id);
    expect(code(await step(`/supplements/${body.id}/revert`, {}, key))).toEqual([422, 'idempotency-key-reused']);
    expect(code(await step(`/supplements/${body.id}/revert`))).toEqual([409, 'wrong-state']);
  }, 30_000);

  it('is refused where a later change stands on it, and where no supplement can say it', async () => {
    const orderId = await placeOrder();
    const first = await submit(orderId, characteristic('demarc.floor', '4'));
    await submit(orderId, characteristic('demarc.floor', '5'));
    const back = await step(`/supplements/${first.body.id}/revert`, undefined, waiting);
    expect(back.body).toMatchObject({ state: 'rejected', problems: [{ code: 'conflict' }] });
    expect((await read(first.body.id)).state).toBe('merged');
    const cancelled = await submit(orderId, items({ id: '2', intent: 'cancel' }));
    const refused = await step(`/supplements/${cancelled.body.id}/revert`);
    expect(code(refused)).toEqual([422, 'not-amendable']);
    expect(refused.body.errors).toMatchObject([{ code: 'not-amendable', itemId: '2' }]);
  }, 30_000);

  it('is a 503 while the merger does not say what the supplement changed', async () => {
    const orderId = await placeOrder();
    const { body } = await submit(orderId, characteristic('demarc.floor', '4'));
    await stack.stop('merger-worker');
    try {
      expect(code(await step(`/supplements/${body.id}/revert`))).toEqual([503, 'unavailable']);
    } finally {
      await stack.start('merger-worker');
    }
  }, 60_000);
});

describe('refusals', () => {
  const refused = async (orderId: string, body: JsonObject): Promise<[number, string, string]> => {
    const answer = await submit(orderId, body);
    return [...code(answer), (answer.body.errors?.[0]?.detail ?? '').split(':')[0] ?? ''];
  };

  it('by the policy name the rule; nothing but the audit line is stored', async () => {
    const soon = await placeOrder({ requestedCompletionDate: new Date(Date.now() + 3_600_000).toISOString() });
    await eventually(async () => expect(await refused(soon, characteristic('a', 'b'))).toEqual([422, 'policy', 'leastNoticeHours']));
    const orderId = await placeOrder();
    expect(await refused(orderId, { ...characteristic('a', 'b'), reason: { code: 'WHIM' } })).toEqual([422, 'policy', 'onlyKnown']);
    for (let n = 1; n <= 6; n += 1) {
      const reason = n === 1 ? { reason: { code: 'DEMARC_CHANGE' } } : {};
      expect((await submit(orderId, { ...characteristic('vlan', `${n}`), ...reason })).body.state).toBe('merged');
    }
    expect(await refused(orderId, characteristic('a', 'b'))).toEqual([422, 'policy', 'supplementsPerOrder']);
    const list = await stack.call<{ items: unknown[] }>('supp-service', 'GET', `/orders/${orderId}/supplements`);
    expect(list.body.items).toHaveLength(6);
    const audit = await stack.call<{ items: JsonObject[] }>('supp-service', 'GET', `/admin/audit?orderId=${orderId}&limit=500`);
    expect(audit.body.items.filter(({ action }) => action === 'supplement.refused')).toHaveLength(2);

    const confirmed = await placeOrder();
    await progress(confirmed, [{ id: '1', state: 'inProgress' }]);
    await eventually(async () => expect((await effective(confirmed)).revision).toBe(2), { timeoutMs: 10_000 });
    // The merge of the first says that the confirmation was heard of before it; so the second is the one that is allowed.
    for (const n of ['1', '2']) await submit(confirmed, characteristic('vlan', n));
    expect(await refused(confirmed, characteristic('a', 'b'))).toEqual([422, 'policy', 'supplementsAfterConfirmation']);
  }, 60_000);

  it('that are certain are told at the door, by code', async () => {
    const orderId = await placeOrder();
    await submit(orderId, items({ id: '2', intent: 'cancel' }));
    expect(code(await submit(orderId, items({ id: '2', intent: 'cancel' })))).toEqual([422, 'item-already-cancelled']);
    expect(code(await submit(orderId, items({ id: '1', intent: 'add', action: 'add' })))).toEqual([422, 'duplicate-item']);
    await progress(orderId, [{ id: '1', pointOfNoReturn: true }]);
    await eventually(async () => expect(code(await submit(orderId, characteristic('a', 'b')))).toEqual([422, 'past-point-of-no-return']));
    const cancelled = await placeOrder();
    await submit(cancelled, { category: 'cancellation', changes: { intent: 'cancel' } });
    await eventually(async () => expect(code(await submit(cancelled, characteristic('a', 'b')))).toEqual([422, 'order-closed']));
  }, 60_000);

  it('that only the merge finds make the supplement rejected, with their codes', async () => {
    const orderId = await placeOrder();
    const rejected = async (body: JsonObject): Promise<string[]> => {
      const answer = await submit(orderId, body);
      expect(answer.body.state).toBe('rejected');
      return (answer.body.problems ?? []).map((problem) => problem.code);
    };
    expect(await rejected(items({ id: '77', intent: 'amend', quantity: 1 }))).toEqual(['unknown-item']);
    expect(await rejected(items({ id: '1', intent: 'cancel' }))).toEqual(['dependency']);
    expect(await rejected({ category: 'correction', changes: { href: 'x' } })).toEqual(['not-amendable']);
    await submit(orderId, characteristic('vlan', '1'));
    expect(await rejected({ ...characteristic('vlan', '2'), basedOnRevision: 1, onConflict: 'reject' })).toEqual(['conflict']);
  }, 30_000);

  it('of steps whose body is wrong, or whose supplement there is not, say what to do', async () => {
    const orderId = await placeOrder();
    const { body } = await submit(orderId, from('vendor'));
    const resolve = (given: unknown): Promise<Reply> => step(`/admin/supplements/${body.id}/resolve`, given);
    expect(code(await resolve({ action: 'edit' }))).toEqual([400, 'invalid-body']);
    expect(code(await resolve({ action: 'apply', changes: { description: 'x' } }))).toEqual([400, 'invalid-body']);
    expect((await resolve({ action: 'edit', changes: { productOrderItem: [{ intent: 'whim' }] } })).body.errors).toMatchObject([
      { pointer: '/changes/productOrderItem/0/id' },
      { pointer: '/changes/productOrderItem/0/intent' },
    ]);
    expect(code(await resolve({ action: 'explode' }))).toEqual([400, 'invalid-body']);
    expect(code(await step(`/supplements/${body.id}/withdraw`, { why: 'x' }))).toEqual([400, 'invalid-body']);
    const early = await resolve({ action: 'drop' });
    expect(code(early)).toEqual([409, 'wrong-state']);
    expect(early.body.mayBeDone).toContain(`POST /supplements/${body.id}/withdraw`);
    const none = '/supplements/6f0c1a52-7c8e-4f0a-9b1d-0d6f3a1e2b4c';
    for (const path of [`${none}/withdraw`, `${none}/accept`, `${none}/revert`, `/admin${none}/approve`]) {
      expect(code(await step(path))).toEqual([404, 'not-found']);
    }
    expect(code(await submit('x'.repeat(101), from('vendor')))).toEqual([400, 'invalid-path']);
    expect(code(await submit(orderId, from('vendor'), { 'idempotency-key': 'k'.repeat(201) }))).toEqual([400, 'invalid-header']);
    for (const responseDueDate of ['2027-W03-1', '0000-01-01', '9999-12-31T23:00:00-14:00', '20270101']) {
      expect(code(await submit(orderId, from('vendor', { charge: { ...charge(true), responseDueDate } })))).toEqual([400, 'invalid-body']);
    }
  }, 30_000);
});

it('tells the reason codes of the trade and of the deployment', async () => {
  const { body } = await stack.call<{ items: JsonObject[]; onlyKnown: boolean }>('supp-service', 'GET', '/reason-codes');
  expect(body).toMatchObject({ onlyKnown: true, supplementTypes: [{ sup: '1' }, { sup: '2' }, { sup: '3' }] });
  expect(body.items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ code: '1J', source: 'asog' }),
      expect.objectContaining({ code: 'DEMARC_CHANGE', source: 'deployment' }),
    ]),
  );
});
