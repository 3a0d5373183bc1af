import { beforeAll, expect, test } from '@jest/globals';
import { usualPointOfNoReturn } from '#order-model';
import { findItems } from '../src/submit/ledger.store.js';
import { aWorld } from './world.js';

const world = aWorld();
beforeAll(async () => {
  await world.store.query(
    `INSERT INTO supp_service.known_item (order_id, item_id, state, point_of_no_return, revision) VALUES
       ('o', 'open', 'acknowledged', false, 1), ('o', 'done', 'completed', false, 1), ('o', 'flagged', 'acknowledged', true, 1),
       ('other', 'done', 'acknowledged', false, 1)`,
  );
});

const found = async (ifClosed: boolean): Promise<unknown> => {
  const intent = ifClosed ? 'amend' : 'cancel';
  const changes = { productOrderItem: ['open', 'done', 'flagged', 'new'].map((id) => ({ id, intent })) };
  const items = await findItems(world.store.manager, [{ orderId: 'o', changes }], usualPointOfNoReturn);
  return [...items.entries()].map(([id, known]) => [id, [...known]]);
};
const done = ['done', { state: 'completed', pointOfNoReturn: false }];
const flagged = ['flagged', { state: 'acknowledged', pointOfNoReturn: true }];

test('given items that are only amended, then those are found of which something is closed', async () => {
  expect(await found(true)).toEqual([['o', expect.arrayContaining([done, flagged])]]);
  expect(await found(true)).toEqual([['o', expect.not.arrayContaining([['open', expect.anything()]])]]);
});

test('given others, then all that are known are found', async () => {
  const open = ['open', { state: 'acknowledged', pointOfNoReturn: false }];
  expect(await found(false)).toEqual([['o', expect.arrayContaining([done, flagged, open])]]);
});

test('given none that is closed, then none is found', async () => {
  const changes = { productOrderItem: [{ id: 'done', intent: 'amend' }] };
  const items = await findItems(world.store.manager, [{ orderId: 'other', changes }], usualPointOfNoReturn);
  expect([...items]).toEqual([]);
});
