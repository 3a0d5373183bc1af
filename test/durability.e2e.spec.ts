import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject, Revision } from '#order-model';
import { eventually } from '#testing';
import { Downstream } from './downstream.js';
import { characteristic, internetAccess } from './orders.js';
import { inParallel, Stack } from './stack.js';

const ORDERS = '/tmf-api/productOrderingManagement/v4/productOrder';
const N_ORDERS = 200;
const N_SUPPLEMENTS = 2_000;
const CONNECTIONS = 32;

interface Posted {
  readonly id: string;
  readonly orderId: string;
  readonly sequence: number;
}

describe('2,000 supplements over 200 orders, posted concurrently', () => {
  const stack = new Stack();
  const downstream = new Downstream(stack.amqpUrl, stack.topology);

  beforeAll(async () => {
    await stack.open();
    await downstream.open();
  }, 60_000);
  afterAll(async () => {
    await downstream.close();
    await stack.close();
  }, 60_000);

  /** Posts everything, lets `meanwhile` happen when half is accepted, and waits for what must come of it. */
  async function post(meanwhile: () => Promise<void>): Promise<void> {
    const before = downstream.count;
    const orders = await inParallel(CONNECTIONS, N_ORDERS, async (n) => {
      const { status, body } = await stack.call<{ id: string }>('order-service', 'POST', ORDERS, internetAccess(`order-${n}`));
      expect(status).toBe(201);
      return body.id;
    });
    let accepted = 0;
    let disturbed: Promise<void> | undefined;
    const posted = await inParallel(CONNECTIONS, N_SUPPLEMENTS, async (n) => {
      const orderId = orders[n % N_ORDERS] as string;
      const body = characteristic(`note-${n}`, String(n));
      const answer = await stack.call<Posted>('supp-service', 'POST', `/orders/${orderId}/supplements`, body);
      expect(answer.status).toBe(201);
      accepted += 1;
      if (accepted === N_SUPPLEMENTS / 2) disturbed = meanwhile();
      return answer.body;
    });
    await disturbed;

    await eventually(() => expect(downstream.count - before).toBe(N_ORDERS + N_SUPPLEMENTS), { timeoutMs: 60_000 });
    expect(downstream.broken).toEqual([]);
    await inParallel(CONNECTIONS, N_ORDERS, async (n) => {
      const orderId = orders[n] as string;
      const { body } = await stack.call<{ items: Revision[] }>('merger-worker', 'GET', `/effective-orders/${orderId}/revisions`);
      expect(body.items.map(({ revision }) => revision)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
      const mine = posted.filter((one) => one.orderId === orderId);
      const merged = body.items.filter(({ cause }) => cause.kind === 'supplement').map(({ cause }) => cause.sequence);
      expect(merged).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(mine.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(merged);
      const effective = await stack.call<{ order: { productOrderItem: JsonObject[] } }>(
        'merger-worker',
        'GET',
        `/effective-orders/${orderId}`,
      );
      const item = effective.body.order.productOrderItem[0] as { product: { productCharacteristic: { name: string }[] } };
      expect(item.product.productCharacteristic).toHaveLength(12);
    });
  }

  it('end in 2,200 revisions, gapless per order, each seen once and in order downstream', async () => {
    await post(async () => undefined);
    expect(downstream.duplicates).toBe(0);
  }, 120_000);

  it('end the same when the merger is killed with -9 midway and started again', async () => {
    await post(async () => {
      await stack.kill('merger-worker');
      await stack.start('merger-worker');
    });
  }, 120_000);

  it('of one order that floods in, those of other orders are merged meanwhile', async () => {
    const before = downstream.count;
    const [hot = '', ...others] = await inParallel(11, 11, async (n) => {
      const { body } = await stack.call<{ id: string }>('order-service', 'POST', ORDERS, internetAccess(`flood-${n}`));
      return body.id;
    });
    let flooding = true;
    let accepted = 0;
    const flood = inParallel(CONNECTIONS, CONNECTIONS, async (n) => {
      for (let i = 0; flooding; i += 1) {
        const answer = await stack.call('supp-service', 'POST', `/orders/${hot}/supplements`, characteristic(`hot-${n}`, String(i)));
        expect(answer.status).toBe(201);
        accepted += 1;
      }
    });
    try {
      for (const orderId of others) {
        const taken = accepted;
        const prefer = { prefer: 'wait=20' };
        const path = `/orders/${orderId}/supplements`;
        const answer = await stack.call<{ state: string }>('supp-service', 'POST', path, characteristic('calm', '1'), prefer);
        expect(answer.body.state).toBe('merged');
        expect(accepted).toBeGreaterThan(taken);
      }
    } finally {
      flooding = false;
      await flood;
    }
    await eventually(() => expect(downstream.count - before).toBe(1 + 2 * others.length + accepted), { timeoutMs: 60_000 });
  }, 300_000);
});
