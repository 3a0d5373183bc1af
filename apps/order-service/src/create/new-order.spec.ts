import { expect, test } from '@jest/globals';
import type { JsonObject } from '#order-model';
import { haveOneHiddenClass } from '#testing';
import { newOrder } from './new-order.js';

const AT = '2026-06-01T00:00:00.000Z';
const body = (externalId: string): JsonObject => ({
  externalId,
  state: 'completed',
  productOrderItem: [{ id: '1', action: 'add', state: 'completed', pointOfNoReturn: true, productOrderItem: [{ id: '2', action: 'add' }] }],
});

test('given a body that says what the server assigns, when made an order, then the server has its way and the rest is kept', () => {
  const given = body('x');
  expect(newOrder('o', AT, given)).toEqual({
    externalId: 'x',
    id: 'o',
    href: '/tmf-api/productOrderingManagement/v4/productOrder/o',
    orderDate: AT,
    state: 'acknowledged',
    productOrderItem: [
      { id: '1', action: 'add', state: 'acknowledged', productOrderItem: [{ id: '2', action: 'add', state: 'acknowledged' }] },
    ],
  });
  expect(given).toEqual(body('x'));
});

test('given bodies of one shape, when made orders, then they have one hidden class, and so have their items', () => {
  const of = (n: number): JsonObject => newOrder(`${n}`, AT, { externalId: `${n}`, productOrderItem: [{ id: '1', action: 'add' }] });
  expect([haveOneHiddenClass(of), haveOneHiddenClass((n) => (of(n).productOrderItem as unknown[])[0])]).toEqual([true, true]);
});
