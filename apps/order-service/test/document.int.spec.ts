import { expect, test } from '@jest/globals';
import { findOrder, listOrders } from '../src/read/orders.store.js';
import { SCHEMA } from '../src/schema.js';
import { orderStore } from './order-store.js';

const { store, create, change } = orderStore();
const kept = () => store().query(`SELECT order_id FROM ${SCHEMA}.product_order_document ORDER BY order_id`);

test('an order is read as it was created, and as each change left it; only what was changed has a document beside its versions', async () => {
  const answers = new Map<string, unknown>();
  for (const id of ['a', 'b']) answers.set(id, JSON.parse((await create(id)).document?.text as string));
  expect(await kept()).toEqual([]);
  expect(await findOrder(store().manager, 'a')).toEqual({ id: 'a', version: 1, document: answers.get('a') });
  for (const [version, zeta] of [2, 3].entries()) {
    await change({ kind: 'amend', id: `m${zeta}`, orderId: 'a', patch: { zeta } });
    const { document } = (await findOrder(store().manager, 'a')) as { document: object };
    expect(document).toEqual({ ...(answers.get('a') as object), zeta });
    expect(await findOrder(store().manager, 'a')).toMatchObject({ version: version + 2 });
  }
  expect(await kept()).toEqual([{ order_id: 'a' }]);
  const { total, orders } = await listOrders(store().manager, {}, { offset: 0, limit: 10 });
  expect([total, orders.map(({ id, document }) => [id, document.zeta])]).toEqual([
    2,
    [
      ['b', 1.5],
      ['a', 3],
    ],
  ]);
});

test('an order that had its document beside its versions from the start, as all had once, is read from there', async () => {
  await create('old');
  await store().query(
    `INSERT INTO ${SCHEMA}.product_order_document (order_id, document) VALUES ('old', '{"state":"acknowledged","said":"then"}')`,
  );
  expect((await findOrder(store().manager, 'old'))?.document).toEqual({ state: 'acknowledged', said: 'then' });
});
