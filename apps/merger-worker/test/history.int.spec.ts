import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyChanges, canonical, type Json, type JsonObject, originOf, type Provenance, valueAt } from '#order-model';
import { differenceOf, provenanceOf } from '../src/history/history.store.js';
import { RevisionConsumer } from '../src/history/revision.consumer.js';
import { asOf, provenanceAsOf } from '../src/read/as-of.js';
import { findStoredProvenance } from '../src/read/effective-orders.store.js';
import { readPointInTime } from '../src/read/point-in-time.js';
import { latestOrder, revisionWanted } from '../src/read/point-in-time.store.js';
import { listRevisions } from '../src/read/revisions.store.js';
import { SCHEMA } from '../src/schema.js';
import { created, doc, lineOf, nextOrder, SEED, step, supplement, withMerger } from './given.js';

const given = withMerger();
const RUNS = { numRuns: 40, seed: SEED };

/** The document as of each revision, made from nothing but the deltas. */
async function documentsOf(orderId: string): Promise<JsonObject[]> {
  const tx = given.store.manager;
  const documents: JsonObject[] = [];
  for (const { delta } of await listRevisions(tx, orderId, 1, 1_000, 1_000)) documents.push(applyChanges(documents.at(-1) ?? {}, delta));
  expect(documents).toHaveLength((await latestOrder(tx, orderId)).revision);
  return documents;
}

describe('for any line of inputs', () => {
  test('the order as of any revision is what the deltas up to it make; the difference of any two leads from one to the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.nat(), fc.nat(), async (steps, a, b) => {
        const orderId = nextOrder();
        await given.take(orderId, lineOf(doc, steps));
        const tx = given.store.manager;
        const documents = await documentsOf(orderId);
        for (const [n, document] of documents.entries()) {
          expect(canonical((await asOf(tx, { orderId, revision: n + 1 })).order)).toEqual(canonical(document));
        }
        const [from, to] = [1 + (a % documents.length), 1 + (b % documents.length)];
        const { changes } = await differenceOf(given.store, orderId, String(from), String(to));
        expect(canonical(applyChanges(documents[from - 1] as JsonObject, changes))).toEqual(canonical(documents[to - 1] as Json));
      }),
      RUNS,
    );
  }, 120_000);

  test('provenance as of any revision names the one whose delta last touched each path; of the latest it is what is stored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const orderId = nextOrder();
        await given.take(orderId, lineOf(doc, steps));
        const tx = given.store.manager;
        const revisions = await listRevisions(tx, orderId, 1, 100, 100);
        let last: Provenance = {};
        for (const { revision } of revisions) {
          last = await provenanceAsOf(tx, orderId, revision);
          const until = revisions.filter((one) => one.revision <= revision);
          for (const path of until.flatMap(({ delta }) => delta.map((change) => change.path))) {
            const touching = until.filter(({ delta }) => delta.some((one) => path === one.path || path.startsWith(`${one.path}/`)));
            expect(originOf(last, path)?.revision).toBe(touching.at(-1)?.revision);
          }
        }
        expect(last).toEqual(await findStoredProvenance(tx, orderId));
      }),
      RUNS,
    );
  }, 120_000);
});

describe('a long line', () => {
  const quantity = (n: number) => supplement(n, { productOrderItem: [{ id: String(1 + (n % 3)), quantity: n }] });
  const longLine = [created(doc), ...Array.from({ length: 149 }, (_, n) => quantity(n + 1))];

  test.each([[[7]], [[1]], [[100, 3]]])('is read as of any revision from the next checkpoint, in batches of %j', async (sizes) => {
    const orderId = nextOrder();
    await given.take(orderId, longLine, sizes);
    const documents = await documentsOf(orderId);
    const kept: { revision: number; doc: Json }[] = await given.store.query(
      `SELECT revision, doc FROM ${SCHEMA}.checkpoint WHERE order_id = $1 ORDER BY revision`,
      [orderId],
    );
    expect(kept.map(({ revision }) => revision)).toEqual([16, 32, 48, 64, 80, 96, 112, 128, 144]);
    for (const { revision, doc: stored } of kept) expect(canonical(stored)).toEqual(canonical(documents[revision - 1] as Json));
    for (const [n, document] of documents.entries()) {
      expect(canonical((await asOf(given.store.manager, { orderId, revision: n + 1 })).order)).toEqual(canonical(document));
    }
  });
  test('is read without any checkpoint as well', async () => {
    const orderId = nextOrder();
    await given.take(orderId, longLine, [50]);
    const [third] = (await documentsOf(orderId)).slice(2);
    await given.store.query(`DELETE FROM ${SCHEMA}.checkpoint WHERE order_id = $1`, [orderId]);
    expect(canonical((await asOf(given.store.manager, { orderId, revision: 3 })).order)).toEqual(canonical(third as Json));
  });
  test('takes what is kept: the way back begins at the next checkpoint, not behind it', async () => {
    const orderId = nextOrder();
    await given.take(orderId, longLine, [50]);
    await given.store.query(`DELETE FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision > 64`, [orderId]);
    expect((await asOf(given.store.manager, { orderId, revision: 40 })).order).toMatchObject({ state: 'acknowledged' });
  });
});

describe('the line of a value', () => {
  const path = '/productOrderItem/2/quantity';
  const quantity = (sequence: number, value: Json) => supplement(sequence, { productOrderItem: [{ id: '2', quantity: value }] });

  test('goes from the newest back, with what caused each', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc), quantity(1, 5), supplement(2, { description: 'x' }), quantity(3, 6), quantity(4, null)]);
    const view = await provenanceOf(given.store, orderId, path, 0, 10);
    expect(view).toMatchObject({ revision: 5, setAt: path, cause: { kind: 'supplement', id: 'i4', sequence: 4 } });
    expect(view).not.toHaveProperty('value');
    expect(view.line.map(({ revision, changes }) => [revision, changes])).toEqual([
      [5, [{ path, before: 6 }]],
      [4, [{ path, before: 5, after: 6 }]],
      [2, [{ path, after: 5 }]],
    ]);
  });
  test('begins where something above it was set as a whole, and tells of what changed below', async () => {
    const orderId = nextOrder();
    const nested = '/productOrderItem/1/productOrderItem/1.1';
    const amended = supplement(1, { productOrderItem: [{ id: '1', productOrderItem: [{ id: '1.1', quantity: 3 }] }] });
    await given.take(orderId, [created(doc), amended]);
    const view = await provenanceOf(given.store, orderId, nested, 0, 10);
    expect(view).toMatchObject({ revision: 1, setAt: '/productOrderItem/1', changedBelow: 2, value: { id: '1.1', quantity: 3 } });
    expect(view.line.map(({ revision }) => revision)).toEqual([2, 1]);
    expect(valueAt(view.line[1]?.changes[0]?.after as Json, '/id')).toBe('1.1');
  });
  test('comes in pages', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc), ...[1, 2, 3, 4].map((n) => quantity(n, n))]);
    const page = await provenanceOf(given.store, orderId, path, 0, 2);
    expect(page.touching).toEqual([5, 4]);
    expect((await provenanceOf(given.store, orderId, path, 4, 2)).touching).toEqual([3, 2]);
  });
  test('of a place where nothing has ever stood is a 404', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    await expect(provenanceOf(given.store, orderId, '/productOrderItem/9/x', 0, 2)).rejects.toMatchObject({ status: 404 });
    await expect(provenanceOf(given.store, nextOrder(), '/x', 0, 2)).rejects.toMatchObject({ status: 404 });
  });
});

describe('the order as of an instant', () => {
  const wanted = async (orderId: string, at: string) => revisionWanted(given.store.manager, orderId, readPointInTime({ at }));

  test('is that of the last revision made at or before it', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc), supplement(1, { a: 1 }), supplement(2, { a: 2 })]);
    const at = ['2026-06-01T10:00:00Z', '2026-06-01T11:00:00Z', '2026-06-01T12:00:00.5Z'];
    for (const [n, moment] of at.entries()) {
      await given.store.query(`UPDATE ${SCHEMA}.revision SET at = $3 WHERE order_id = $1 AND revision = $2`, [orderId, n + 1, moment]);
    }
    expect(await wanted(orderId, '2026-06-01T11:00:00Z')).toBe(2);
    expect(await wanted(orderId, '2026-06-01T12:59:59.999 01:00')).toBe(2);
    expect(await wanted(orderId, '2026-06-01T12:00:00.5+00:00')).toBe(3);
    await expect(wanted(orderId, '2026-06-01T09:59:59Z')).rejects.toMatchObject({ status: 404 });
  });
  test.each(['soon', '2026-06-01', '2026-06-01T10:00:00', '2026-13-01T10:00:00Z', '1'])('%j is no instant', (at) => {
    expect(() => readPointInTime({ at })).toThrow(/RFC 3339/);
  });
  test('no revision is made before the one it follows, whatever the clock says', async () => {
    const orderId = nextOrder();
    await given.take(orderId, [created(doc)]);
    await given.store.query(`UPDATE ${SCHEMA}.effective_order SET updated_at = '2099-01-01T00:00:00Z' WHERE order_id = $1`, [orderId]);
    await given.take(orderId, [supplement(1, { a: 1 })]);
    expect((await listRevisions(given.store.manager, orderId, 2, 2, 1))[0]?.at).toBe('2099-01-01T00:00:00.000Z');
  });
});

test('a revision is answered over RabbitMQ as it was made, null where there is none', async () => {
  const orderId = nextOrder();
  await given.take(orderId, [created(doc)]);
  const consumer = new RevisionConsumer(given.store);
  expect(await consumer.revision({ orderId, revision: 1 })).toMatchObject({ orderId, revision: 1, cause: { kind: 'orderCreated' } });
  expect(await consumer.revision({ orderId, revision: 2 })).toBeNull();
});
