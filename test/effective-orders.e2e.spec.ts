import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { EffectiveOrderAcknowledged, EffectiveOrderRevised } from '#contracts';
import { type CloudEvent, RabbitMqClient, RabbitMqConnection } from '#messaging';
import {
  applyChanges,
  type Change,
  type Changeability,
  canonical,
  type JsonObject,
  type Problem,
  type Revision,
  valueAt,
} from '#order-model';
import { eventually } from '#testing';
import { Listener } from './listener.js';
import { characteristic, internetAccess } from './orders.js';
import { type Answer, Stack } from './stack.js';

const PATH = '/productOrderItem/1/product/productCharacteristic/demarc.floor/value';

interface Effective {
  readonly revision: number;
  readonly state: string;
  readonly order: JsonObject;
  readonly updatedAt: string;
  readonly provenance?: Record<string, number>;
}
interface Preview {
  readonly outcome: string;
  readonly problems: readonly Problem[];
  readonly approvals: readonly JsonObject[];
  readonly revision?: Revision;
}
interface ProblemDocument {
  readonly type: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string }[];
}
type Lag = EffectiveOrderAcknowledged & { readonly acked: number; readonly lag: number };
interface Page<T> {
  readonly items: readonly T[];
}

const stack = new Stack();
const listener = new Listener(stack.amqpUrl, stack.topology, 'effective-order.revised.#');
let database: DataSource;
beforeAll(async () => {
  await stack.open();
  await listener.open();
  database = await new DataSource({ type: 'postgres', url: stack.databaseUrl }).initialize();
}, 60_000);
afterAll(async () => {
  await database?.destroy();
  await listener.close();
  await stack.close();
}, 60_000);

const ask = <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> =>
  stack.call<T>('merger-worker', method, path, body, headers);
const effective = async (orderId: string, query = ''): Promise<Effective> =>
  (await ask<Effective>('GET', `/effective-orders/${orderId}${query}`)).body;
const lastOf = ({ type }: ProblemDocument): string => type.split('/').at(-1) ?? '';

async function placeOrder(): Promise<string> {
  const order = internetAccess('effective');
  const items = order['productOrderItem'] as JsonObject[];
  const itemPrice = [
    { name: 'rent', priceType: 'recurring', recurringChargePeriod: 'month', price: { dutyFreeAmount: { unit: 'USD', value: 0.1 } } },
  ];
  const priced = { ...order, productOrderItem: items.map((item) => ({ ...item, itemPrice })) };
  const { body } = await stack.call<{ id: string }>('order-service', 'POST', '/tmf-api/productOrderingManagement/v4/productOrder', priced);
  await eventually(async () => expect((await effective(body.id)).revision).toBe(1));
  return body.id;
}
async function submit(
  orderId: string,
  body: unknown,
): Promise<{ id: string; state: string; revision: number; problems?: readonly Problem[] }> {
  const answer = await stack.call<{ id: string; state: string; revision: number }>(
    'supp-service',
    'POST',
    `/orders/${orderId}/supplements`,
    body,
    {
      prefer: 'wait=10',
    },
  );
  expect(answer.status).toBe(201);
  return answer.body;
}
const progress = (orderId: string, items: JsonObject[]): Promise<Answer<unknown>> =>
  stack.call('order-service', 'POST', `/orders/${orderId}/progress`, { items });

describe('a preview', () => {
  const addition = {
    id: '8d7f1f0e-30ab-4e0c-a6a4-4d4cf1a20001',
    category: 'component',
    changes: {
      productOrderItem: [
        {
          id: '3',
          intent: 'add',
          action: 'add',
          itemPrice: [
            {
              name: 'rent',
              priceType: 'recurring',
              recurringChargePeriod: 'month',
              price: { dutyFreeAmount: { unit: 'USD', value: 0.2 } },
            },
          ],
        },
      ],
    },
  };

  it('is the revision that the supplement then makes, price difference and all', async () => {
    const orderId = await placeOrder();
    const { status, body } = await ask<Preview>('POST', `/effective-orders/${orderId}/preview`, addition);
    expect([status, body.outcome, body.approvals]).toEqual([200, 'merged', []]);
    const total = (value: string) => ({
      source: 'itemPrice',
      priceType: 'recurring',
      unit: 'USD',
      period: 'month',
      amount: 'dutyFreeAmount',
      value,
    });
    expect(body.revision?.price).toEqual({ before: [total('0.2')], after: [total('0.4')], difference: [total('0.2')] });
    expect((await effective(orderId)).revision).toBe(1);

    expect(await submit(orderId, addition)).toMatchObject({ state: 'merged', revision: 2 });
    const made = await ask<Revision>('GET', `/effective-orders/${orderId}/revisions/2`);
    expect(made.body).toEqual({ ...body.revision, at: made.body.at });
    const [event] = await listener.until(orderId, 'effective-order.revised', 2);
    expect((event as CloudEvent<EffectiveOrderRevised>).data.price).toEqual(made.body.price);
  });
  it('names conflicts, refusals and approvals', async () => {
    const orderId = await placeOrder();
    await submit(orderId, characteristic('demarc.floor', '3'));
    const unseen = { ...characteristic('demarc.floor', '4'), basedOnRevision: 1 };
    const held = await ask<Preview>('POST', `/effective-orders/${orderId}/preview`, unseen);
    expect(held.body).toMatchObject({ outcome: 'held', problems: [{ code: 'conflict', path: PATH }] });
    expect(held.body).not.toHaveProperty('revision');
    const cancel = { category: 'cancellation', changes: { productOrderItem: [{ id: '1', intent: 'cancel' }] } };
    const rejected = await ask<Preview>('POST', `/effective-orders/${orderId}/preview`, cancel);
    expect(rejected.body).toMatchObject({ outcome: 'rejected', problems: [{ code: 'dependency' }] });
    const charge = {
      category: 'construction',
      blocking: true,
      price: { unit: 'USD', value: 18400 },
      responseDueDate: '2027-01-20T00:00:00Z',
    };
    const charged = await ask<Preview>('POST', `/effective-orders/${orderId}/preview`, { ...characteristic('vlan', '1'), charge });
    expect(charged.body.approvals).toEqual([
      { name: 'blocking-charge', by: 'customer', dueDate: '2027-01-20T00:00:00.000Z', onExpiry: 'expire' },
    ]);
  });
  it('of a bad shape is a 400 with every fault, of an unknown order a 404', async () => {
    const orderId = await placeOrder();
    const bad = { category: 'whim', changes: { productOrderItem: [{ intent: 'explode' }] } };
    expect((await ask('POST', `/effective-orders/${orderId}/preview`, bad)).status).toBe(400);
    const faults = await ask<ProblemDocument>('POST', `/effective-orders/${orderId}/preview`, { ...bad, category: 'component' });
    expect(faults.body.errors?.map(({ pointer }) => pointer)).toEqual([
      '/changes/productOrderItem/0/id',
      '/changes/productOrderItem/0/intent',
    ]);
    expect((await ask('POST', '/effective-orders/none/preview', characteristic('a', 'b'))).status).toBe(404);
  });
});

it('changeability says what may still change and why not', async () => {
  const orderId = await placeOrder();
  await progress(orderId, [{ id: '2', state: 'inProgress', pointOfNoReturn: true }]);
  await eventually(async () => expect((await effective(orderId)).revision).toBe(2));
  const { body } = await ask<Changeability>('GET', `/effective-orders/${orderId}/changeability`);
  expect(body.items.map(({ id, amend, cancel }) => [id, amend.allowed, cancel.problems.map(({ code }) => code)])).toEqual([
    ['1', true, ['dependency']],
    ['2', false, ['past-point-of-no-return']],
  ]);
  expect(body).toMatchObject({ revision: 2, add: { allowed: true }, cancel: { allowed: false } });
  expect((await ask('GET', '/effective-orders/none/changeability')).status).toBe(404);
});

describe('the history of an order', () => {
  async function withHistory(): Promise<string> {
    const orderId = await placeOrder();
    for (const floor of ['3', '4', '5']) await submit(orderId, characteristic('demarc.floor', floor));
    return orderId;
  }

  it('is there as of any instant', async () => {
    const orderId = await withHistory();
    const moments = (await ask<Page<Revision>>('GET', `/effective-orders/${orderId}/revisions`)).body.items.map(({ at }) => at);
    for (const [n, at] of moments.entries()) {
      const seen = await effective(orderId, `?at=${at}`);
      const last = moments.lastIndexOf(at) + 1;
      expect([n, seen.revision, valueAt(seen.order, PATH)]).toEqual([n, last, String(last + 1)]);
    }
    expect((await effective(orderId, '?at=2099-01-01T00:00:00%2B01:00')).revision).toBe(4);
    expect((await ask('GET', `/effective-orders/${orderId}?at=2001-01-01T00:00:00Z`)).status).toBe(404);
    for (const query of ['?at=yesterday', '?at=2026-01-01T00:00:00Z&revision=1', '?include=all', '?revision=0', '?revision=1&revision=2']) {
      const { status, body } = await ask<ProblemDocument>('GET', `/effective-orders/${orderId}${query}`);
      expect([query, status, lastOf(body)]).toEqual([query, 400, 'invalid-query']);
    }
  });
  it('leads from any revision to any other', async () => {
    const orderId = await withHistory();
    for (const [from, to] of [
      [1, 4],
      [4, 2],
      [3, 3],
    ] as const) {
      const { body } = await ask<{ changes: Change[] }>('GET', `/effective-orders/${orderId}/diff?from=${from}&to=${to}`);
      const [before, after] = [await effective(orderId, `?revision=${from}`), await effective(orderId, `?revision=${to}`)];
      expect(canonical(applyChanges(before.order, body.changes))).toEqual(canonical(after.order));
    }
    const latest = await ask<JsonObject>('GET', `/effective-orders/${orderId}/diff?from=2`);
    expect(latest.body).toMatchObject({ from: 2, to: 4, changes: [{ path: PATH, before: '3', after: '5' }] });
    expect((await ask('GET', `/effective-orders/${orderId}/diff`)).status).toBe(400);
    expect((await ask('GET', `/effective-orders/${orderId}/diff?from=1&to=9`)).status).toBe(404);
  });
  it('says which revision last set a value, why, and what stood there before', async () => {
    const orderId = await withHistory();
    const path = `/effective-orders/${orderId}/provenance?path=${encodeURIComponent(PATH)}`;
    const first = await ask<JsonObject & Page<{ revision: number; changes: Change[] }>>('GET', `${path}&limit=3`);
    expect(first.body).toMatchObject({ path: PATH, value: '5', revision: 4, setAt: PATH, cause: { kind: 'supplement', sequence: 3 } });
    expect(first.body.items.map(({ revision, changes }) => [revision, changes[0]?.before])).toEqual([
      [4, '4'],
      [3, '3'],
      [2, '2'],
    ]);
    const next = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await ask<Page<{ revision: number; changes: Change[] }>>('GET', next);
    expect(second.body.items).toEqual([expect.objectContaining({ revision: 1, changes: [{ path: PATH, after: '2' }] })]);
    expect(second.headers.get('link')).toBeNull();
    expect((await ask('GET', `/effective-orders/${orderId}/provenance?path=/none`)).status).toBe(404);
    expect((await ask('GET', `/effective-orders/${orderId}/provenance?path=none`)).status).toBe(400);

    const { provenance } = await effective(orderId, '?include=provenance');
    expect(provenance).toMatchObject({ '': 1, [PATH]: 4 });
    expect((await effective(orderId, '?revision=3&include=provenance')).provenance).toMatchObject({ '': 1, [PATH]: 3 });
    expect(await effective(orderId)).not.toHaveProperty('provenance');
  });
  it('is answered to other services over RabbitMQ', async () => {
    const orderId = await withHistory();
    const connection = new RabbitMqConnection({ url: stack.amqpUrl, topology: stack.topology, name: 'test' });
    const client = new RabbitMqClient(connection, stack.topology);
    try {
      expect(await client.request('effective-order.revision', { orderId, revision: 2 }, 5_000)).toMatchObject({ orderId, revision: 2 });
      expect(await client.request('effective-order.revision', { orderId, revision: 9 }, 5_000)).toBeNull();
    } finally {
      await client.close();
      await connection.close();
    }
  });
});

describe('an acknowledgement', () => {
  const acknowledge = (orderId: string, body: unknown, headers: Record<string, string> = {}) =>
    ask<EffectiveOrderAcknowledged & ProblemDocument>('POST', `/effective-orders/${orderId}/acknowledgements`, body, headers);

  it('shows how far behind a consumer is, per order and over all orders', async () => {
    // Here and nowhere else: with nobody listening an acknowledgement must not hold up its order's revisions.
    const acknowledged = new Listener(stack.amqpUrl, stack.topology, 'effective-order.acknowledged.#');
    await acknowledged.open();
    const orderId = await placeOrder();
    const consumer = `fulfilment of ${orderId}`;
    await submit(orderId, characteristic('vlan', '1'));
    expect((await acknowledge(orderId, { consumer, revision: 1, status: 'ack' })).status).toBe(201);
    const lag = async (): Promise<readonly Lag[]> =>
      (await ask<Page<Lag>>('GET', `/effective-orders/${orderId}/acknowledgements`)).body.items;
    expect(await lag()).toEqual([expect.objectContaining({ consumer, status: 'ack', acked: 1, headRevision: 2, lag: 1 })]);
    const behind = async (): Promise<string[]> =>
      (await ask<Page<Lag>>('GET', `/admin/acknowledgements?consumer=${encodeURIComponent(consumer)}&behind=true`)).body.items.map(
        (one) => one.orderId,
      );
    expect(await behind()).toEqual([orderId]);
    await acknowledge(orderId, { consumer, revision: 2, status: 'ack' });
    expect(await behind()).toEqual([]);
    await submit(orderId, characteristic('vlan', '2'));
    expect(await behind()).toEqual([orderId]);
    await acknowledge(orderId, { consumer, revision: 3, status: 'nack', reason: 'no crew' });
    expect(await lag()).toEqual([expect.objectContaining({ status: 'nack', reason: 'no crew', acked: 2, lag: 1 })]);

    const said = await ask<Page<EffectiveOrderAcknowledged>>('GET', `/effective-orders/${orderId}/acknowledgements/history`);
    expect(said.body.items.map(({ number, revision, status }) => [number, revision, status])).toEqual([
      [1, 1, 'ack'],
      [2, 2, 'ack'],
      [3, 3, 'nack'],
    ]);
    const events = await acknowledged.until(orderId, 'effective-order.acknowledged', 3, 3);
    expect(events.map(({ sequence, data }) => [sequence, data])).toEqual(said.body.items.map((one) => [one.number, one]));
    await acknowledged.close();
  });
  it('holds up no revision of its order', async () => {
    const orderId = await placeOrder();
    await acknowledge(orderId, { consumer: 'c', revision: 1, status: 'ack' });
    await submit(orderId, characteristic('vlan', '1'));
    await listener.until(orderId, 'effective-order.revised', 2);
  });
  it('is refused where it makes no sense', async () => {
    const orderId = await placeOrder();
    const beyond = await acknowledge(orderId, { consumer: 'c', revision: 2, status: 'ack' });
    expect([beyond.status, lastOf(beyond.body)]).toEqual([422, 'unknown-revision']);
    for (const body of [
      { consumer: 'c', revision: 1, status: 'nack' },
      { consumer: 'c', revision: 1, status: 'nack', reason: '' },
      { consumer: 'c', revision: 0, status: 'ack' },
      { consumer: '', revision: 1, status: 'ack' },
      { consumer: 'c', revision: 1, status: 'maybe' },
    ]) {
      expect([body, (await acknowledge(orderId, body)).status]).toEqual([body, 400]);
    }
    expect((await acknowledge('none', { consumer: 'c', revision: 1, status: 'ack' })).status).toBe(404);
    for (const query of ['behind=maybe', 'after=bm8']) expect((await ask('GET', `/admin/acknowledgements?${query}`)).status).toBe(400);
  });
  it('is taken once under one Idempotency-Key', async () => {
    const orderId = await placeOrder();
    const key = { 'idempotency-key': 'ack-1' };
    const [first, again] = [
      await acknowledge(orderId, { consumer: 'c', revision: 1, status: 'ack' }, key),
      await acknowledge(orderId, { consumer: 'c', revision: 1, status: 'ack' }, key),
    ];
    expect(again.body).toEqual(first.body);
    const other = await acknowledge(orderId, { consumer: 'd', revision: 1, status: 'ack' }, key);
    expect([other.status, lastOf(other.body)]).toEqual([422, 'idempotency-key-reused']);
  });
});

describe('verification', () => {
  const tamper = (orderId: string): Promise<unknown> =>
    database.query(`UPDATE merger_worker.effective_item SET doc = doc::jsonb || '{"quantity": 99}' WHERE order_id = $1 AND item_id = '1'`, [
      orderId,
    ]);
  const found = { part: 'item', id: '1', path: '/doc/quantity', stored: 99 };

  it('finds a row that was tampered with, and a rebuild puts it right', async () => {
    const orderId = await placeOrder();
    await submit(orderId, characteristic('vlan', '1'));
    expect((await ask('POST', `/admin/effective-orders/${orderId}/verify`)).body).toEqual({ orderId, ok: true, revisions: 2 });
    await tamper(orderId);
    const wrong = await ask('POST', `/admin/effective-orders/${orderId}/verify`);
    expect(wrong).toMatchObject({ status: 200, body: { orderId, ok: false, revisions: 2, firstDifference: found } });
    expect((await ask('POST', `/admin/effective-orders/${orderId}/rebuild`)).body).toMatchObject({
      ok: true,
      changed: 1,
      changes: [found],
    });
    expect((await ask('POST', `/admin/effective-orders/${orderId}/verify`)).body).toEqual({ orderId, ok: true, revisions: 2 });
    expect((await ask('POST', '/admin/effective-orders/none/verify')).status).toBe(404);

    const audit = await ask<Page<JsonObject>>('GET', `/admin/audit?orderId=${orderId}&limit=3`);
    expect(audit.body.items.map(({ action, detail }) => [action, (detail as JsonObject)['ok']])).toEqual([
      ['effective-order.verify', true],
      ['effective-order.rebuild', true],
      ['effective-order.verify', false],
    ]);
    expect(audit.headers.get('link')).toContain('rel="next"');
  });
  it('never writes over what was published', async () => {
    const orderId = await placeOrder();
    await database.query(`UPDATE merger_worker.revision SET body = body::jsonb || '{"state": "held"}' WHERE order_id = $1`, [orderId]);
    const refused = await ask<ProblemDocument>('POST', `/admin/effective-orders/${orderId}/rebuild`);
    expect([refused.status, lastOf(refused.body)]).toEqual([409, 'revisions-differ']);
  });
  it('of all orders comes line by line', async () => {
    const orderId = await placeOrder();
    await tamper(orderId);
    for (const [what, ok] of [
      ['verify', false],
      ['rebuild', true],
    ] as const) {
      const answer = await fetch(stack.url('merger-worker', `/admin/effective-orders/${what}`), { method: 'POST' });
      expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
      const lines = (await answer.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as JsonObject);
      expect(lines.filter((line) => line['orderId'] === orderId)).toEqual([expect.objectContaining({ kind: 'order', ok })]);
      expect(lines.at(-1)).toMatchObject({ kind: 'done' });
    }
  });
  it('of all orders ends when its caller goes', async () => {
    // Orders of nothing but a head: enough of them that the sweep has not ended when its caller is gone.
    await database.query(`INSERT INTO merger_worker.effective_order (order_id) SELECT 'zz-' || n FROM generate_series(1, 5000) AS n`);
    const gone = new AbortController();
    const answer = await fetch(stack.url('merger-worker', '/admin/effective-orders/verify'), { method: 'POST', signal: gone.signal });
    await answer.body?.getReader().read();
    gone.abort();
    await eventually(async () => {
      const audit = await ask<Page<{ detail: JsonObject }>>('GET', '/admin/audit?limit=1');
      expect(audit.body.items[0]?.detail['how']).toBe('cancelled');
    });
    await database.query(`DELETE FROM merger_worker.effective_order WHERE order_id LIKE 'zz-%'`);
  });
});
