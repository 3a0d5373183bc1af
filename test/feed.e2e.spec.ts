import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FeedEvent, followFeed } from '#client';
import { applyChanges, canonical, type JsonObject } from '#order-model';
import { eventually } from '#testing';
import { characteristic, internetAccess } from './orders.js';
import { inParallel, Stack } from './stack.js';

const ORDERS = 6;
const SUPPLEMENTS = 25;
const LONG = { timeoutMs: 60_000 };

/** Keeps orders as a consumer does: each delta applied to what the one before came to. */
class Books {
  readonly orders = new Map<string, { revision: number; order: JsonObject }>();
  readonly broken: string[] = [];
  position: number | undefined;

  take(event: FeedEvent): void {
    if (event.name !== 'effective-order.revised') return;
    const { orderId, revision, delta, state } = event.data;
    const known = this.orders.get(orderId) ?? { revision: 0, order: {} };
    if (revision !== known.revision + 1) this.broken.push(`${orderId}: ${revision} after ${known.revision}`);
    this.orders.set(orderId, { revision, order: { ...(applyChanges(known.order, delta) as JsonObject), state } });
    this.position = event.position;
  }
}

describe('a consumer that was away', () => {
  const stack = new Stack();
  beforeAll(() => stack.open(), 60_000);
  afterAll(() => stack.close(), 60_000);

  const revisionOf = async (orderId: string): Promise<number> =>
    (await stack.call<{ revision: number }>('merger-worker', 'GET', `/effective-orders/${orderId}`)).body.revision;

  async function place(): Promise<string> {
    const path = '/tmf-api/productOrderingManagement/v4/productOrder';
    const { status, body } = await stack.call<{ id: string }>('order-service', 'POST', path, internetAccess('feed'));
    expect(status).toBe(201);
    return body.id;
  }
  async function supplement(orderId: string, n: number): Promise<void> {
    const answer = await stack.call('supp-service', 'POST', `/orders/${orderId}/supplements`, characteristic(`x-${n}`, String(n)));
    expect(answer.status).toBe(201);
  }

  /** Follows until the books have come so far. */
  async function catchUp(books: Books, revisions: ReadonlyMap<string, number>): Promise<void> {
    const stop = new AbortController();
    const store = {
      load: () => books.position,
      save: (position: number) => {
        books.position = position;
      },
    };
    const following = followFeed({
      origin: stack.url('merger-worker', ''),
      store,
      handle: (event) => books.take(event),
      signal: stop.signal,
    });
    await eventually(() => {
      for (const [orderId, revision] of revisions) expect([orderId, books.orders.get(orderId)?.revision]).toEqual([orderId, revision]);
    }, LONG);
    stop.abort();
    await following;
  }

  async function expectSame(books: Books): Promise<void> {
    expect(books.broken).toEqual([]);
    for (const [orderId, { revision, order }] of books.orders) {
      const { body } = await stack.call<{ revision: number; order: JsonObject }>('merger-worker', 'GET', `/effective-orders/${orderId}`);
      expect([body.revision, canonical(body.order)]).toEqual([revision, canonical(order)]);
    }
  }

  it('catches up over a merger that was killed meanwhile, in order and without a gap, to what the merger has', async () => {
    const books = new Books();
    const orders = await inParallel(3, ORDERS, place);
    await eventually(async () => expect(await Promise.all(orders.map(revisionOf))).toEqual(orders.map(() => 1)), LONG);
    await catchUp(books, new Map(orders.map((orderId) => [orderId, 1])));

    // Nobody is subscribed: no queue keeps any of it.
    const half = (from: number): Promise<unknown> =>
      inParallel(6, ORDERS * SUPPLEMENTS, async (n) => {
        await supplement(orders[n % ORDERS] as string, from + n);
      });
    await half(0);
    await stack.kill('merger-worker');
    await half(1_000);
    await stack.start('merger-worker');
    const revision = 1 + 2 * SUPPLEMENTS;
    await eventually(async () => expect(await Promise.all(orders.map(revisionOf))).toEqual(orders.map(() => revision)), LONG);

    await catchUp(books, new Map(orders.map((orderId) => [orderId, revision])));
    await expectSame(books);
    const { body } = await stack.call<{ items: { id: string }[] }>('merger-worker', 'GET', `/events?subject=${orders[0]}&limit=500`);
    expect(body.items).toHaveLength(new Set(body.items.map(({ id }) => id)).size);
    expect(body.items).toHaveLength(revision + 2 * SUPPLEMENTS);
  }, 180_000);

  it('listens to Server-Sent Events of the running service, which end at once when it stops', async () => {
    const orderId = await place();
    const answer = await fetch(stack.url('merger-worker', `/effective-orders/events?subject=${orderId}&after=0`));
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of answer.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
    })();
    await supplement(orderId, 1);
    await eventually(
      () =>
        expect(text.match(/^event: .*$/gm)).toEqual([
          'event: effective-order.revised',
          'event: effective-order.revised',
          'event: supplement.merged',
        ]),
      LONG,
    );
    const began = Date.now();
    expect(await stack.stop('merger-worker')).toBe(0);
    await reading;
    expect(Date.now() - began).toBeLessThan(8_000);
  }, 90_000);
});
