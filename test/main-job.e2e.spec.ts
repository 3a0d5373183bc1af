import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { canonical, type Json, type JsonObject, type Problem, type Revision, valueAt } from '#order-model';
import { eventually } from '#testing';
import { characteristic, internetAccess } from './orders.js';
import { type Answer, SERVICES, Stack } from './stack.js';

const TMF = '/tmf-api/productOrderingManagement/v4';

interface Supplement {
  readonly id: string;
  readonly state: string;
  readonly sequence: number;
  readonly revision?: number;
  readonly problems?: readonly Problem[];
}
interface Effective {
  readonly revision: number;
  readonly state: string;
  readonly order: JsonObject;
  readonly base: { readonly version: number };
}
interface ProblemDocument {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly code?: string;
  readonly errors?: readonly { pointer?: string; code: string; itemId?: string }[];
}

const stack = new Stack();
beforeAll(() => stack.open(), 120_000);
afterAll(() => stack.close(), 120_000);

async function placeOrder(body: JsonObject = internetAccess('main-job')): Promise<string> {
  const { status, body: order } = await stack.call<{ id: string }>('order-service', 'POST', `${TMF}/productOrder`, body);
  expect(status).toBe(201);
  await atRevision(order.id, 1);
  return order.id;
}

function submit(orderId: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<Supplement & ProblemDocument>> {
  return stack.call('supp-service', 'POST', `/orders/${orderId}/supplements`, body, headers);
}
const waiting = { prefer: 'wait=10' };

async function effective(orderId: string, query = ''): Promise<Effective> {
  return (await stack.call<Effective>('merger-worker', 'GET', `/effective-orders/${orderId}${query}`)).body;
}

async function atRevision(orderId: string, revision: number): Promise<Effective> {
  let seen: Effective | undefined;
  await eventually(
    async () => {
      seen = await effective(orderId);
      expect(seen.revision).toBe(revision);
    },
    { timeoutMs: 10_000 },
  );
  return seen as Effective;
}

const change = (productOrderItem: JsonObject[]): JsonObject => ({ category: 'component', changes: { productOrderItem } });
const progress = (orderId: string, items: JsonObject[]): Promise<Answer<ProblemDocument & { version: number }>> =>
  stack.call('order-service', 'POST', `/orders/${orderId}/progress`, { items });
const lastOf = (type: string): string => type.split('/').at(-1) ?? '';

describe('a supplement', () => {
  it('becomes a new revision of the effective order, with cause and delta', async () => {
    const orderId = await placeOrder();
    const { status, body, headers } = await submit(orderId, characteristic('demarc.floor', '4'), waiting);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/supplements/${body.id}`);
    expect(headers.get('preference-applied')).toBe('wait=10');
    expect(body).toMatchObject({ state: 'merged', sequence: 1, revision: 2 });

    const path = '/productOrderItem/1/product/productCharacteristic/demarc.floor/value';
    const revision = await stack.call<Revision>('merger-worker', 'GET', `/effective-orders/${orderId}/revisions/2`);
    expect(revision.body.cause).toMatchObject({ kind: 'supplement', id: body.id, sequence: 1 });
    expect(revision.body.delta).toEqual([{ path, before: '2', after: '4' }]);
    expect(valueAt((await effective(orderId)).order, path)).toBe('4');
    expect(valueAt((await effective(orderId, '?revision=1')).order, path)).toBe('2');
  });

  it('leaves unknown attributes exactly as they came', async () => {
    const posted = internetAccess('unknown-attributes');
    const orderId = await placeOrder(posted);
    await submit(orderId, characteristic('demarc.floor', '9'), waiting);
    const { order } = await effective(orderId);
    for (const name of ['@type', 'projectCode', 'relatedParty', 'requestedCompletionDate']) expect(order[name]).toEqual(posted[name]);
    expect(valueAt(order, '/productOrderItem/1/product/productConfiguration')).toEqual({ '@type': 'dia', mtu: 1500, empty: [] });
  });

  it('cancels A, amends B, adds C and leaves D in one request', async () => {
    const item = (id: string): JsonObject => ({ id, action: 'add', productOffering: { id: `OFFER-${id}` } });
    const orderId = await placeOrder({ productOrderItem: [item('A'), item('B'), item('D')] });
    const { body } = await submit(
      orderId,
      change([
        { id: 'A', intent: 'cancel' },
        { id: 'B', intent: 'amend', quantity: 2 },
        { id: 'C', intent: 'add', action: 'add', productOffering: { id: 'LTE-BACKUP' } },
      ]),
      waiting,
    );
    expect(body).toMatchObject({ state: 'merged', revision: 2 });
    const { order } = await effective(orderId);
    expect(valueAt(order, '/productOrderItem/A/state')).toBe('cancelled');
    expect(valueAt(order, '/productOrderItem/B/quantity')).toBe(2);
    expect(valueAt(order, '/productOrderItem/C/productOffering/id')).toBe('LTE-BACKUP');
    expect(valueAt(order, '/productOrderItem/D')).toEqual({ ...item('D'), state: 'acknowledged' });
  });

  it('is safe to send again under the same id or Idempotency-Key, and refused with another body', async () => {
    const orderId = await placeOrder();
    const id = '3f0c1a52-7c8e-4f0a-9b1d-0d6f3a1e2b4c';
    const first = await submit(orderId, { id, ...characteristic('vlan', '10') });
    const again = await submit(orderId, { id, ...characteristic('vlan', '10') });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toMatchObject({ id, sequence: 1 });
    const other = await submit(orderId, { id, ...characteristic('vlan', '20') });
    expect(other.status).toBe(422);
    expect(lastOf(other.body.type)).toBe('idempotency-key-reused');

    const key = { 'idempotency-key': 'retry-7' };
    const keyed = await submit(orderId, characteristic('vlan', '30'), key);
    const retried = await submit(orderId, characteristic('vlan', '30'), key);
    expect(retried.body.id).toBe(keyed.body.id);
    expect((await submit(orderId, characteristic('vlan', '31'), key)).status).toBe(422);
    await atRevision(orderId, 3);
  });

  it('under a number that its caller used on the order before is a 409 that names the first', async () => {
    const orderId = await placeOrder();
    const first = await submit(orderId, { externalId: 'PON-1/01', ...characteristic('vlan', '1') });
    const second = await submit(orderId, { externalId: 'PON-1/01', ...characteristic('vlan', '2') });
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ supplementId: first.body.id });
  });

  it('that names an unknown item is rejected by the merger, and the line goes on', async () => {
    const orderId = await placeOrder();
    const { body } = await submit(orderId, change([{ id: '77', intent: 'amend', quantity: 1 }]), waiting);
    expect(body.state).toBe('rejected');
    expect(body.problems).toEqual([expect.objectContaining({ code: 'unknown-item', itemId: '77' })]);
    expect((await submit(orderId, characteristic('vlan', '5'), waiting)).body).toMatchObject({ sequence: 2, state: 'merged', revision: 2 });
  });

  it('past the point of no return is refused, at the door once that is known', async () => {
    const orderId = await placeOrder();
    await progress(orderId, [{ id: '1', state: 'inProgress', pointOfNoReturn: true }]);
    await atRevision(orderId, 2);
    await eventually(async () => {
      const { status, body } = await submit(orderId, characteristic('demarc.floor', '8'), waiting);
      expect(status).toBe(422);
      expect(lastOf(body.type)).toBe('past-point-of-no-return');
      expect(body.errors).toEqual([expect.objectContaining({ itemId: '1', code: 'past-point-of-no-return' })]);
    });
    expect((await effective(orderId)).revision).toBe(2);
  });

  it('that cancels what a remaining item relies on is rejected whole', async () => {
    const orderId = await placeOrder();
    const { body } = await submit(orderId, change([{ id: '1', intent: 'cancel' }]), waiting);
    expect(body).toMatchObject({ state: 'rejected' });
    expect(body.problems?.[0]).toMatchObject({ code: 'dependency' });
  });

  it('is accepted while order-service and merger-worker are stopped, and merges when they are back', async () => {
    const orderId = await placeOrder();
    await Promise.all([stack.stop('order-service'), stack.stop('merger-worker')]);
    const posted = [];
    for (const n of [1, 2, 3]) posted.push(await submit(orderId, characteristic('vlan', String(n))));
    expect(posted.map(({ status, body }) => [status, body.state, body.sequence])).toEqual([
      [201, 'accepted', 1],
      [201, 'accepted', 2],
      [201, 'accepted', 3],
    ]);
    await Promise.all([stack.start('order-service'), stack.start('merger-worker')]);
    await atRevision(orderId, 4);
  }, 60_000);
});

describe('the base order', () => {
  it('is amended in place among supplements, every version audited', async () => {
    const orderId = await placeOrder();
    await submit(orderId, characteristic('vlan', '1'), waiting);
    const read = await stack.call('order-service', 'GET', `${TMF}/productOrder/${orderId}`);
    const amended = await stack.call<JsonObject>(
      'order-service',
      'PATCH',
      `${TMF}/productOrder/${orderId}?reason=customer+moved+the+date`,
      { requestedCompletionDate: '2027-03-01T00:00:00Z' },
      { 'if-match': read.headers.get('etag') ?? '', 'content-type': 'application/merge-patch+json' },
    );
    expect(amended.status).toBe(200);
    const seen = await atRevision(orderId, 3);
    expect(seen.base.version).toBe(2);
    expect(seen.order.requestedCompletionDate).toBe('2027-03-01T00:00:00Z');
    const patch = { description: 'x' };
    const path = `${TMF}/productOrder/${orderId}`;
    const stale = await stack.call<{ type: string }>('order-service', 'PATCH', path, patch, { 'if-match': '"1"' });
    expect([stale.status, stale.body.type]).toEqual([412, expect.stringMatching(/stale-version$/)]);
    const unread = await stack.call<{ type: string }>('order-service', 'PATCH', path, patch, { 'if-match': 'yesterday' });
    expect([unread.status, unread.body.type]).toEqual([400, expect.stringMatching(/invalid-header$/)]);
    await eventually(async () => {
      const { body } = await stack.call<{ items: JsonObject[] }>('order-service', 'GET', `/orders/${orderId}/versions`);
      expect(body.items).toEqual([
        expect.objectContaining({ version: 1, kind: 'orderCreated', revision: 1 }),
        expect.objectContaining({
          version: 2,
          kind: 'amendment',
          revision: 3,
          reason: { text: 'customer moved the date' },
          delta: [{ path: '/requestedCompletionDate', before: '2027-02-01T00:00:00Z', after: '2027-03-01T00:00:00Z' }],
        }),
      ]);
    });
  });

  it('says which supplement added an item that a PATCH may not change', async () => {
    const orderId = await placeOrder();
    const added = await submit(orderId, change([{ id: '3', intent: 'add', action: 'add' }]), waiting);
    await eventually(async () => {
      const { status, body } = await stack.call<ProblemDocument>('order-service', 'PATCH', `${TMF}/productOrder/${orderId}`, {
        productOrderItem: [{ id: '3', quantity: 2 }],
      });
      expect(status).toBe(422);
      expect(lastOf(body.type)).toBe('unknown-item');
      expect(body.detail).toContain(added.body.id);
    });
  });

  it('rolls up its state from progress, supplement items included, and closes', async () => {
    const orderId = await placeOrder();
    await submit(orderId, change([{ id: '3', intent: 'add', action: 'add' }]), waiting);
    const all = (state: string): JsonObject[] => ['1', '2', '3'].map((id) => ({ id, state }));
    expect((await progress(orderId, all('inProgress'))).status).toBe(201);
    expect((await atRevision(orderId, 3)).state).toBe('inProgress');
    expect((await progress(orderId, all('completed'))).status).toBe(201);
    expect((await atRevision(orderId, 4)).state).toBe('completed');
    const back = await progress(orderId, [{ id: '1', state: 'inProgress' }]);
    expect(back.status).toBe(409);
    expect(back.body.detail).toMatch(/completed.*inProgress/);
    await eventually(async () => {
      const refused = await submit(orderId, characteristic('vlan', '1'), waiting);
      expect(lastOf(refused.body.type)).toBe('order-closed');
      const shown = await stack.call<JsonObject[]>('order-service', 'GET', `${TMF}/productOrder?state=completed&id=${orderId}`);
      expect(shown.body).toHaveLength(1);
    });
  });

  it('is cancelled whole by cancelProductOrder, with the items that supplements added', async () => {
    const orderId = await placeOrder();
    await submit(orderId, change([{ id: '3', intent: 'add', action: 'add' }]), waiting);
    const { status, body } = await stack.call<JsonObject>('order-service', 'POST', `${TMF}/cancelProductOrder`, {
      productOrder: { id: orderId },
      cancellationReason: 'site closed',
    });
    expect(status).toBe(201);
    const seen = await atRevision(orderId, 3);
    expect(seen.state).toBe('cancelled');
    for (const id of ['1', '2', '3']) expect(valueAt(seen.order, `/productOrderItem/${id}/state`)).toBe('cancelled');
    await eventually(async () => {
      const read = await stack.call<JsonObject>('order-service', 'GET', `${TMF}/cancelProductOrder/${body.id}`);
      expect(read.body).toMatchObject({ state: 'done', cancellationReason: 'site closed' });
    });
  });

  it('answers a repeated Idempotency-Key with the same order', async () => {
    const key = { 'idempotency-key': `order-${process.pid}` };
    const [a, b] = await Promise.all(
      [1, 2].map(() => stack.call<{ id: string }>('order-service', 'POST', `${TMF}/productOrder`, internetAccess('same'), key)),
    );
    expect(a?.body.id).toBe(b?.body.id);
  });

  it('lists with filters and TMF paging', async () => {
    const externalId = `list-${process.pid}`;
    for (let n = 0; n < 3; n += 1) await placeOrder(internetAccess(externalId));
    const page = await stack.call<JsonObject[]>(
      'order-service',
      'GET',
      `${TMF}/productOrder?externalId=${externalId}&limit=2&fields=externalId`,
    );
    expect(page.headers.get('x-total-count')).toBe('3');
    expect(page.headers.get('x-result-count')).toBe('2');
    expect(Object.keys(page.body[0] ?? {}).sort()).toEqual(['externalId', 'href', 'id']);
  });
});

describe('bad input', () => {
  const refusals: [string, unknown, number, string][] = [
    ['an unknown attribute of our own body', { ...characteristic('a', 'b'), priority: 1 }, 400, 'invalid-body'],
    ['a wrong type', { ...characteristic('a', 'b'), basedOnRevision: 'three' }, 400, 'invalid-body'],
    ['no changes', { category: 'component' }, 400, 'invalid-body'],
    ['an unknown category', { ...characteristic('a', 'b'), category: 'whim' }, 400, 'invalid-body'],
    ['a body that is no object', '[]', 400, 'invalid-body'],
    ['broken JSON', '{"category":', 400, 'invalid-json'],
    ['prototype names', '{"category":"component","changes":{"__proto__":{"x":1}}}', 400, 'invalid-json'],
    [
      'duplicate keys in a collection',
      change([
        { id: '1', intent: 'cancel' },
        { id: '1', intent: 'cancel' },
      ]),
      400,
      'invalid-body',
    ],
    ['an intent that does not exist', change([{ id: '1', intent: 'explode' }]), 400, 'invalid-body'],
    ['a NUL in a text', characteristic('a', 'b\u0000c'), 400, 'invalid-body'],
    ['a NUL in a reason', { ...characteristic('a', 'b'), reason: { text: 'x\u0000' } }, 400, 'invalid-body'],
    ['a body over the limit', { ...characteristic('a', 'x'.repeat(5_000_000)) }, 413, 'body-too-large'],
    ['nesting without end', `{"category":"component","changes":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`, 400, 'invalid-body'],
  ];

  it.each(refusals)('%s is a problem document that says what is wrong; nothing is stored', async (_what, body, status, code) => {
    const orderId = await placeOrder();
    const answer = await submit(orderId, body);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect([answer.status, lastOf(answer.body.type)]).toEqual([status, code]);
    expect(answer.body.detail).not.toBe('');
    const list = await stack.call<{ items: Json[] }>('supp-service', 'GET', `/orders/${orderId}/supplements`);
    expect(list.body.items ?? []).toEqual([]);
  });

  it('an order that order-service does not know is a 404', async () => {
    expect((await submit('no-such-order', characteristic('a', 'b'))).status).toBe(404);
  });

  it('an order of wrong shape lists every fault by JSON Pointer, with TMF630 code, reason and message', async () => {
    const { status, body } = await stack.call<ProblemDocument>('order-service', 'POST', `${TMF}/productOrder`, {
      requestedCompletionDate: 7,
      productOrderItem: [{ id: '1' }, { action: 'add' }],
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid-body', reason: expect.any(String), message: expect.any(String) });
    const pointers = (body.errors ?? []).map(({ pointer }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/requestedCompletionDate', '/productOrderItem/0/action', '/productOrderItem/1/id']));
  });

  it('a poison message on a queue is dead-lettered with its reason, and its neighbours merge', async () => {
    const orderId = await placeOrder();
    const model = await connect(stack.amqpUrl);
    try {
      const channel = await model.createConfirmChannel();
      const { batches } = stack.topology;
      for (const [key, content, headers] of [
        [stack.topology.routingKey('supplement.accepted', orderId), 'not json', {}],
        [stack.topology.routingKey('order.amended', orderId), '{"orderId":1}', cloudEvent('order.amended', orderId)],
      ] as const) {
        channel.publish(batches, key, Buffer.from(content), { contentType: 'application/json', headers, persistent: true });
      }
      await channel.waitForConfirms();
      expect((await submit(orderId, characteristic('vlan', '5'), waiting)).body).toMatchObject({ state: 'merged' });
      const letters = await eventually(async () => {
        const { body } = await stack.call<{ items: { reason: string }[] }>('merger-worker', 'GET', '/admin/dead-letters?state=waiting');
        expect(body.items).toHaveLength(2);
        return body.items;
      });
      const reasons = letters.map(({ reason }) => reason);
      expect(reasons.every((reason) => reason.length > 10)).toBe(true);
    } finally {
      await model.close();
    }
  });
});

function cloudEvent(name: string, subject: string): Record<string, string | number> {
  const event = {
    specversion: '1.0',
    id: `poison-${name}`,
    source: '/test',
    type: `io.supping.${name}.v1`,
    subject,
    time: new Date().toISOString(),
    sequence: 9,
    partitionkey: subject,
  };
  return Object.fromEntries(Object.entries(event).map(([attribute, value]) => [`cloudEvents:${attribute}`, value]));
}

describe('every service', () => {
  it.each(SERVICES)('%s tells its health, its metrics and its OpenAPI', async (name) => {
    expect((await stack.call('supp-service', 'GET', '/health/live')).body).toEqual({ status: 'up' });
    expect((await stack.call<JsonObject>(name, 'GET', '/health/ready')).body).toMatchObject({ status: 'up', database: 'up' });
    expect(await (await fetch(stack.url(name, '/metrics'))).text()).toContain('http_request_duration_seconds_bucket');
    expect((await stack.call<JsonObject>(name, 'GET', '/openapi.json')).body).toMatchObject({ openapi: '3.1.0' });
  });

  it('replays: the deltas of all revisions rebuild the document', async () => {
    const orderId = await placeOrder();
    await submit(orderId, characteristic('vlan', '5'), waiting);
    await progress(orderId, [{ id: '1', state: 'inProgress', milestone: 'site survey done' }]);
    const latest = await atRevision(orderId, 3);
    const early = await effective(orderId, '?revision=1');
    expect(early.state).toBe('acknowledged');
    expect(canonical((await effective(orderId, '?revision=3')).order)).toEqual(canonical(latest.order));
  });
});
