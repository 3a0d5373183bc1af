import { expect, test } from '@jest/globals';
import { faultOfEvent, MOST_RESENT, RESENT_BYTES } from '#contracts';
import type { ApprovalRule } from '#order-model';
import { recordOutcomes } from '../src/follow/heads.store.js';
import { ResendConsumer } from '../src/resend/resend.consumer.js';
import { SCHEMA } from '../src/schema.js';
import { aSubmission, aWorld } from './world.js';

const world = aWorld();
const LATER = '2026-06-05T00:00:00.000Z';
const deed = { at: LATER, by: 'operator' };
const asked = (id: string) => ({ id, idempotencyKey: undefined, hash: 'h' });
const vendor: ApprovalRule = { name: 'vendor', when: { origins: ['vendor'] }, by: 'operator', waitHours: 24, onExpiry: 'expire' };
/** Names whose order jsonb would not keep. */
const changes = { zeta: 1.5, a: { long: [1, { y: null, x: 1e21 }], b: 'ö' }, description: 'x' };

let orders = 0;
async function anOrder(): Promise<string> {
  orders += 1;
  await world.store.query(`INSERT INTO ${SCHEMA}.order_line (order_id) VALUES ($1)`, [`resend-${orders}`]);
  return `resend-${orders}`;
}
const resend = (orderId: string, from: number, to: number) => new ResendConsumer(world.store).resend({ orderId, from, to });
const held = (id: string, sequence: number) =>
  recordOutcomes(world.store.manager, [{ id, sequence, state: 'held', revision: null, problems: [], at: LATER }] as never);

interface Published {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly time: string;
  readonly data: string;
}
/** What was put into the outbox of an order's line, data as the text that is published. */
async function published(orderId: string): Promise<Published[]> {
  const rows: (Omit<Published, 'sequence' | 'time'> & { sequence: string; time: Date })[] = await world.store.query(
    `SELECT id, type, sequence, time, data::text AS data FROM ${SCHEMA}.outbox WHERE subject = $1 AND type LIKE '%.accepted.v1' ORDER BY sequence`,
    [orderId],
  );
  return rows.map((row) => ({ ...row, sequence: Number(row.sequence), time: row.time.toISOString() }));
}
async function resent(orderId: string, from: number, to: number): Promise<Published[]> {
  const { events } = await resend(orderId, from, to);
  expect(events.map(faultOfEvent)).toEqual(events.map(() => undefined));
  return events.map(({ id, type, sequence, time, data }) => ({ id, type, sequence, time, data: JSON.stringify(data) }));
}

test('what is sent again is what was published, to the byte: accepted at once, approved, held and applied, edited, dropped, withdrawn', async () => {
  const orderId = await anOrder();
  const service = world.supplements({ approvals: [vendor] });
  const store = async (given: object = {}) => service.submit(aSubmission(orderId, { changes, ...given }), undefined);
  const [, applied, edited, dropped, withdrawn] = [await store(), await store(), await store(), await store(), await store()] as const;
  const approved = await store({ origin: 'vendor', externalId: 'PON 7' });
  await world.lifecycle.answer(asked(approved.id), { ...deed, party: 'operator', answer: 'accepted' });
  for (const [n, one] of [applied, edited, dropped, withdrawn].entries()) await held(one.id, n + 2);
  await world.lifecycle.resolve(asked(applied.id), { ...deed, action: 'apply' });
  await world.lifecycle.resolve(asked(edited.id), { ...deed, action: 'edit', changes: { description: 'edited' } });
  await world.lifecycle.resolve(asked(dropped.id), { ...deed, action: 'drop' });
  await world.lifecycle.withdraw(asked(withdrawn.id), { ...deed, by: 'upstream' });

  const first = await published(orderId);
  expect(first.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await resent(orderId, 1, 1_000)).toEqual(first);
  expect(await resent(orderId, 3, 4)).toEqual(first.slice(2, 4));
  await world.store.query(`DELETE FROM ${SCHEMA}.outbox`);
  expect(await resent(orderId, 1, 8)).toEqual(first);
});

test('an empty range asks for the head alone, and of an order that nobody knows there is none', async () => {
  const orderId = await anOrder();
  expect(await resend(orderId, 1, 0)).toEqual({ orderId, found: true, head: 0, events: [] });
  await world.supplements().submit(aSubmission(orderId), undefined);
  expect(await resend(orderId, 1, 0)).toEqual({ orderId, found: true, head: 1, events: [] });
  expect(await resend('nobody', 1, 5)).toEqual({ orderId: 'nobody', found: false, head: 0, events: [] });
});

async function fill(orderId: string, count: number, bytes: number): Promise<void> {
  await world.store.query(
    `INSERT INTO ${SCHEMA}.supplement (id, order_id, place, sequence, state, category, by, submitted_at, request_hash, request)
     SELECT $1 || '-' || n, $1, n, n, 'merged', 'component', 'x', now(), 'h',
            json_build_object('category', 'component', 'changes', json_build_object('description', repeat('x', $3)))
       FROM generate_series(1, $2) AS n`,
    [orderId, count, bytes],
  );
}
const sequences = async (orderId: string, from: number): Promise<number[]> =>
  (await resend(orderId, from, 1_000_000)).events.map(({ sequence }) => sequence);

test('an answer holds 1,000 at most, or what fits a message, and always the first', async () => {
  const [many, large] = [await anOrder(), await anOrder()];
  await fill(many, MOST_RESENT + 5, 1);
  expect(await sequences(many, 2)).toEqual(Array.from({ length: MOST_RESENT }, (_, n) => n + 2));
  await fill(large, 3, RESENT_BYTES - 1_000);
  expect(await sequences(large, 1)).toEqual([1, 2]);
  expect(await sequences(large, 3)).toEqual([3]);
});

test('heads come page by page, the longest unchanged first, and only those with a supplement in their line', async () => {
  const consumer = new ResendConsumer(world.store);
  await world.store.query(`UPDATE ${SCHEMA}.order_line SET changed_at = NULL`);
  const [a, b, c] = [await anOrder(), await anOrder(), await anOrder(), await anOrder()] as const;
  for (const [orderId, at] of [
    [b, '2026-06-01T00:00:00Z'],
    [a, '2026-06-01T00:05:00Z'],
  ] as const) {
    await world.store.query(`UPDATE ${SCHEMA}.order_line SET last_sequence = 7, changed_at = $2 WHERE order_id = $1`, [orderId, at]);
  }
  await world.supplements().submit(aSubmission(c), undefined);
  const first = await consumer.heads({ limit: 2 });
  expect(first).toMatchObject({
    heads: [
      { orderId: b, head: 7 },
      { orderId: a, head: 7 },
    ],
  });
  expect(await consumer.heads({ limit: 2, after: first.next as string })).toEqual({
    heads: [{ orderId: c, head: 1 }],
    at: expect.any(String),
  });
  const since = await consumer.heads({ limit: 9, changedSince: '2026-06-01T00:06:59.000Z' });
  expect(since.heads.map(({ orderId }) => orderId)).toEqual([a, c]);
});

test('a step that gives no sequence leaves the change of the head alone', async () => {
  const orderId = await anOrder();
  await world.supplements({ approvals: [vendor] }).submit(aSubmission(orderId, { origin: 'vendor' }), undefined);
  expect(await world.store.query(`SELECT changed_at FROM ${SCHEMA}.order_line WHERE order_id = $1`, [orderId])).toEqual([
    { changed_at: null },
  ]);
});
