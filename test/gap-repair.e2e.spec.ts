import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConsumeMessage, connect } from 'amqplib';
import { eventsFromAmqp, shardOf, shortType, toAmqp } from '#messaging';
import type { Revision } from '#order-model';
import { eventually } from '#testing';
import { Downstream } from './downstream.js';
import { characteristic, internetAccess } from './orders.js';
import { Stack } from './stack.js';

const ORDERS = '/tmf-api/productOrderingManagement/v4/productOrder';

describe('a message that is lost on its way to the merger', () => {
  const stack = new Stack({ SUPPING_GAP_SECONDS: '1', SUPPING_RECONCILE_SECONDS: '1' });
  const downstream = new Downstream(stack.amqpUrl, stack.topology);

  beforeAll(async () => {
    await stack.open();
    await downstream.open();
  }, 60_000);
  afterAll(async () => {
    await downstream.close();
    await stack.close();
  }, 60_000);

  /** Takes everything out of an order's queue, and puts back all but the events named. */
  async function lose(orderId: string, count: number, lost: readonly string[]): Promise<void> {
    const model = await connect(stack.amqpUrl, { noDelay: true });
    try {
      const channel = await model.createConfirmChannel();
      const queue = stack.topology.subscriptionQueue('merger', shardOf(orderId, stack.topology.shards));
      const taken: ConsumeMessage[] = [];
      const { consumerTag } = await channel.consume(queue, (message) => message !== null && taken.push(message));
      await eventually(() => expect(taken.flatMap(eventsFromAmqp).length).toBe(count), { timeoutMs: 10_000 });
      await channel.cancel(consumerTag);
      const events = taken.flatMap(eventsFromAmqp);
      const dropped = events.filter(
        ({ subject, type, sequence }) => subject === orderId && lost.includes(`${shortType(type)} ${sequence}`),
      );
      expect(dropped.length).toBe(lost.length);
      for (const event of events) {
        if (!dropped.includes(event)) channel.publish('', queue, Buffer.from(JSON.stringify(event.data)), toAmqp(event).properties);
      }
      await channel.waitForConfirms();
      for (const message of taken) channel.ack(message);
      await channel.close();
    } finally {
      await model.close();
    }
  }

  async function post(): Promise<string> {
    const { status, body } = await stack.call<{ id: string }>('order-service', 'POST', ORDERS, internetAccess('gap'));
    expect(status).toBe(201);
    return body.id;
  }
  async function supplement(orderId: string, n: number): Promise<void> {
    const answer = await stack.call('supp-service', 'POST', `/orders/${orderId}/supplements`, characteristic(`x-${n}`, String(n)));
    expect(answer.status).toBe(201);
  }
  async function amend(orderId: string, description: string): Promise<void> {
    expect((await stack.call('order-service', 'PATCH', `${ORDERS}/${orderId}`, { description })).status).toBe(200);
  }
  const revisionsOf = async (orderId: string): Promise<Revision[]> =>
    (await stack.call<{ items: Revision[] }>('merger-worker', 'GET', `/effective-orders/${orderId}/revisions`)).body.items ?? [];

  /** Whether each input made one revision, in its line's order, and downstream had each once. */
  async function expectWhole(orderId: string, versions: number, supplements: number): Promise<void> {
    const count = versions + supplements;
    await eventually(async () => expect(await revisionsOf(orderId)).toHaveLength(count), { timeoutMs: 30_000 });
    const revisions = await revisionsOf(orderId);
    const upTo = (most: number): number[] => Array.from({ length: most }, (_, n) => n + 1);
    expect(revisions.map(({ revision }) => revision)).toEqual(upTo(count));
    expect(revisions.flatMap(({ cause }) => cause.version ?? [])).toEqual(upTo(versions));
    expect(revisions.flatMap(({ cause }) => cause.sequence ?? [])).toEqual(upTo(supplements));
    await eventually(() => expect(downstream.revisions.get(orderId)).toEqual(upTo(count)), { timeoutMs: 10_000 });
    expect(downstream.broken).toEqual([]);
    const verified = await stack.call('merger-worker', 'POST', `/admin/effective-orders/${orderId}/verify`);
    expect(verified.body).toMatchObject({ ok: true, revisions: count });
  }

  it.each([
    ['a supplement in the middle', ['supplement.accepted 2']],
    ['the last supplement, after which nothing shows the gap', ['supplement.accepted 3']],
    ['an amendment', ['order.amended 2']],
    ['the last amendment', ['order.amended 3']],
    ['the creation of the order', ['order.created 1']],
    ['everything', ['order.created 1', 'order.amended 2', 'order.amended 3', ...[1, 2, 3].map((n) => `supplement.accepted ${n}`)]],
  ])(
    'is asked for again and merged: %s',
    async (_, lost) => {
      await stack.stop('merger-worker');
      const orderId = await post();
      for (const n of [1, 2, 3]) await supplement(orderId, n);
      for (const n of [2, 3]) await amend(orderId, `version ${n}`);
      await lose(orderId, 6, lost);
      await stack.start('merger-worker');
      await expectWhole(orderId, 3, 3);
    },
    90_000,
  );

  it('is counted, and an operator can have all heads compared', async () => {
    const metrics = await (await fetch(stack.url('merger-worker', '/metrics'))).text();
    expect(metrics).toMatch(/^supping_head_differences_repaired_total\{line="version"\} [1-9]/m);
    const answer = await fetch(stack.url('merger-worker', '/admin/effective-orders/reconcile'), { method: 'POST' });
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await answer.text()).trim().split('\n');
    expect(JSON.parse(lines.at(-1) as string)).toEqual({ kind: 'done', heads: 12, found: 0 });
  });
});
