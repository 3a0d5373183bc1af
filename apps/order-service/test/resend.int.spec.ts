import { expect, test } from '@jest/globals';
import { faultOfEvent, MOST_RESENT, RESENT_BYTES } from '#contracts';
import { ResendConsumer } from '../src/resend/resend.consumer.js';
import { SCHEMA } from '../src/schema.js';
import { orderStore } from './order-store.js';

const { store, create, change } = orderStore();
const resend = (orderId: string, from: number, to: number) => new ResendConsumer(store()).resend({ orderId, from, to });

test('what is sent again is what was published, to the byte: created, amended, progressed', async () => {
  await create('o');
  await change({ kind: 'amend', id: 'a1', orderId: 'o', patch: { zeta: 2, a: { b: null, aa: [1] } } });
  await change({ kind: 'progress', id: 'p1', orderId: 'o', items: [{ id: '1', state: 'inProgress' }] });
  const rows: { id: string; sequence: string; time: Date; data: string }[] = await store().query(
    `SELECT id, sequence, time, data::text AS data FROM ${SCHEMA}.outbox ORDER BY seq`,
  );
  const published = rows.map((row) => ({ ...row, sequence: Number(row.sequence), time: row.time.toISOString() }));
  expect(published).toHaveLength(3);
  await store().query(`DELETE FROM ${SCHEMA}.outbox`);
  const { events, head } = await resend('o', 1, 9);
  expect(head).toBe(3);
  expect(events.map(faultOfEvent)).toEqual([undefined, undefined, undefined]);
  expect(events.map(({ id, sequence, time, data }) => ({ id, sequence, time, data: JSON.stringify(data) }))).toEqual(published);
  expect((await resend('o', 2, 2)).events.map(({ sequence }) => sequence)).toEqual([2]);
});

test('an empty range asks for the head alone, and of an order that nobody knows there is none', async () => {
  expect(await resend('o', 1, 0)).toEqual({ orderId: 'o', found: true, head: 3, events: [] });
  expect(await resend('nobody', 1, 5)).toEqual({ orderId: 'nobody', found: false, head: 0, events: [] });
});

async function fill(orderId: string, count: number, bytes: number): Promise<void> {
  await store().query(
    `INSERT INTO ${SCHEMA}.order_version (order_id, version, kind, data)
     SELECT $1, n, 'order.amended', json_build_object('orderId', $1::text, 'version', n, 'at', '2026-06-01T00:00:00Z', 'x', repeat('x', $3))
       FROM generate_series(1, $2) AS n`,
    [orderId, count, bytes],
  );
}
const versions = async (orderId: string, from: number): Promise<number[]> =>
  (await resend(orderId, from, 1_000_000)).events.map(({ sequence }) => sequence);

test('an answer holds 1,000 at most, or what fits a message, and always the first', async () => {
  await fill('many', MOST_RESENT + 5, 1);
  expect(await versions('many', 2)).toEqual(Array.from({ length: MOST_RESENT }, (_, n) => n + 2));
  await fill('large', 3, RESENT_BYTES - 1_000);
  expect(await versions('large', 1)).toEqual([1, 2]);
  expect(await versions('large', 3)).toEqual([3]);
});

test('heads come page by page, the longest unchanged first', async () => {
  const consumer = new ResendConsumer(store());
  await create('a');
  await create('b');
  await store().query(`UPDATE ${SCHEMA}.product_order SET changed_at = $1 WHERE id = 'b'`, ['2026-06-01T00:00:00Z']);
  await store().query(`UPDATE ${SCHEMA}.product_order SET changed_at = $1 WHERE id = 'a'`, ['2026-06-01T00:05:00Z']);
  const first = await consumer.heads({ limit: 2 });
  expect(first.heads.map(({ orderId }) => orderId)).toEqual(['b', 'a']);
  expect((await consumer.heads({ limit: 2, after: first.next as string })).heads).toEqual([{ orderId: 'o', head: 3 }]);
  const since = await consumer.heads({ limit: 9, changedSince: '2026-06-01T00:06:59.000Z' });
  expect(since.heads.map(({ orderId }) => orderId)).toEqual(['a', 'o']);
});
