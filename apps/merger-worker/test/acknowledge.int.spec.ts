import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventType, faultOfEvent } from '#contracts';
import { AcknowledgeService } from '../src/acknowledge/acknowledge.service.js';
import { listLatest, listSaid } from '../src/acknowledge/acknowledgements.store.js';
import { SCHEMA } from '../src/schema.js';
import { AT, created, doc, nextOrder, RELAY, supplement, TOPOLOGY, withMerger } from './given.js';

const given = withMerger();
let acknowledgements: AcknowledgeService;
beforeAll(() => {
  acknowledgements = new AcknowledgeService(given.store, RELAY, TOPOLOGY);
});

const said = (orderId: string, revision: number, status: 'ack' | 'nack' = 'ack', consumer = 'fulfilment') => ({
  orderId,
  consumer,
  revision,
  status,
  ...(status === 'nack' ? { reason: 'no crew' } : {}),
  by: 'someone',
  at: AT,
});
const next = (n: number) => supplement(n, { [`x-${n}`]: n });
const lags = async (orderId: string): Promise<string[]> =>
  (await listLatest(given.store.manager, { orderId, behind: false }, undefined, 10)).map(
    ({ consumer, acked, headRevision, lag }) => `${consumer} at ${acked} of ${headRevision}, ${lag} behind`,
  );
const behind = async (consumer: string): Promise<string[]> =>
  (await listLatest(given.store.manager, { consumer, behind: true }, undefined, 100)).map(({ orderId }) => orderId);

describe('an acknowledgement', () => {
  test('tells how far behind each consumer is, as the head moves on', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc), next(1)]);
    await acknowledgements.acknowledge(said(orderId, 2), undefined);
    await acknowledgements.acknowledge(said(orderId, 1, 'ack', 'billing'), undefined);
    expect(await lags(orderId)).toEqual(['billing at 1 of 2, 1 behind', 'fulfilment at 2 of 2, 0 behind']);
    expect(await behind('fulfilment')).not.toContain(orderId);
    expect(await behind('billing')).toContain(orderId);
    await given.take(orderId, [next(2), next(3)]);
    expect(await lags(orderId)).toEqual(['billing at 1 of 4, 3 behind', 'fulfilment at 2 of 4, 2 behind']);
    expect(await behind('fulfilment')).toContain(orderId);
    await acknowledgements.acknowledge(said(orderId, 4), undefined);
    expect(await behind('fulfilment')).not.toContain(orderId);
  });
  test('a held or rejected supplement leaves nobody behind', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    await acknowledgements.acknowledge(said(orderId, 1), undefined);
    await given.take(orderId, [supplement(1, { productOrderItem: [{ id: '9', quantity: 1 }] })]);
    expect(await behind('fulfilment')).not.toContain(orderId);
  });
  test('that is a refusal leaves its consumer at the revision before, with the reason', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc), next(1)]);
    await acknowledgements.acknowledge(said(orderId, 2), undefined);
    await acknowledgements.acknowledge(said(orderId, 2, 'nack'), undefined);
    expect(await lags(orderId)).toEqual(['fulfilment at 1 of 2, 1 behind']);
    expect(await behind('fulfilment')).toContain(orderId);
  });
  test('of a revision that is not there yet is a 422 and stores nothing; of no order a 404', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    await expect(acknowledgements.acknowledge(said(orderId, 2), undefined)).rejects.toMatchObject({
      status: 422,
      code: 'unknown-revision',
    });
    expect(await listSaid(given.store.manager, orderId, 1, 10)).toEqual([]);
    await expect(acknowledgements.acknowledge(said(nextOrder(), 1), undefined)).rejects.toMatchObject({ status: 404 });
  });
  test('under the same key is answered once; with another body refused', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    const first = await acknowledgements.acknowledge(said(orderId, 1), { key: 'k', hash: 'h' });
    expect(await acknowledgements.acknowledge({ ...said(orderId, 1), at: '2027-01-01T00:00:00.000Z' }, { key: 'k', hash: 'h' })).toEqual(
      first,
    );
    await expect(acknowledgements.acknowledge(said(orderId, 1), { key: 'k', hash: 'other' })).rejects.toMatchObject({ status: 422 });
    expect(await listSaid(given.store.manager, orderId, 1, 10)).toHaveLength(1);
  });
  test('is told of in order, each as its published schema says', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    const both = await Promise.all(
      ['a', 'b'].map((consumer) => acknowledgements.acknowledge(said(orderId, 1, 'nack', consumer), undefined)),
    );
    const events: { type: string; sequence: string; data: unknown }[] = await given.store.query(
      `SELECT type, sequence, data FROM ${SCHEMA}.outbox WHERE subject = $1 AND type = $2 ORDER BY seq`,
      [orderId, eventType('effective-order.acknowledged')],
    );
    expect(events.map(({ sequence }) => sequence)).toEqual(['1', '2']);
    for (const event of events) expect(faultOfEvent(event)).toBeUndefined();
    expect(events.map(({ data }) => data)).toEqual([...both].sort((a, b) => a.number - b.number));
  });
  test('racing a merge never leaves a consumer that is behind out of the list', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    for (let n = 1; n <= 10; n += 1) {
      await Promise.all([acknowledgements.acknowledge(said(orderId, n), undefined), given.take(orderId, [next(n)])]);
      expect(await behind('fulfilment')).toContain(orderId);
    }
  });
});

test('the orders on which a consumer is behind come in pages and off an index', async () => {
  const orders = ['a', 'b', 'c', 'd'].map((letter) => `${letter}-${nextOrder()}`);
  for (const orderId of orders) {
    await given.take(orderId, [created(doc), next(1)], [2]);
    await acknowledgements.acknowledge(said(orderId, orderId.startsWith('b') ? 2 : 1, 'ack', 'pager'), undefined);
  }
  const [a, , c, d] = orders as [string, string, string, string];
  const filter = { consumer: 'pager', behind: true };
  const first = await listLatest(given.store.manager, filter, undefined, 2);
  expect(first.map(({ orderId }) => orderId)).toEqual([a, c]);
  expect((await listLatest(given.store.manager, filter, ['pager', c], 2)).map(({ orderId }) => orderId)).toEqual([d]);
  const plan: { 'QUERY PLAN': string }[] = await given.store.transaction(async (tx) => {
    await tx.query('SET LOCAL enable_seqscan = off');
    await tx.query('SET LOCAL enable_sort = off');
    return tx.query(
      `EXPLAIN SELECT * FROM ${SCHEMA}.acknowledgement a WHERE a.consumer = 'pager' AND a.behind
          AND (a.consumer, a.order_id) > ('pager', 'b') ORDER BY a.consumer, a.order_id LIMIT 2`,
    );
  });
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('Index Scan using acknowledgement_behind');
});
