import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventType, faultOfEvent } from '#contracts';
import { sendAll } from '#messaging';
import {
  canonical,
  type EffectiveOrder,
  fromDocument,
  type Json,
  type JsonObject,
  type MergeInput,
  merge,
  toDocument,
  usualPolicy,
} from '#order-model';
import { recordedPolicy } from '../src/merge/recorded-policy.js';
import { saveStatements } from '../src/merge/save.store.js';
import { latestOrder } from '../src/read/point-in-time.store.js';
import { listRevisions } from '../src/read/revisions.store.js';
import { SCHEMA } from '../src/schema.js';
import { AT, created, doc, eventOf, lineOf, nextOrder, SEED, step, supplement, withMerger } from './given.js';
import { toldOf } from './told.js';

const given = withMerger();

async function readStored(orderId: string): Promise<object> {
  const stored = await latestOrder(given.store.manager, orderId);
  return { ...stored, order: JSON.parse(stored.order) };
}

async function expectStored(orderId: string, order: EffectiveOrder): Promise<void> {
  const stored = await latestOrder(given.store.manager, orderId);
  expect(stored).toMatchObject({ revision: order.revision, version: order.version, state: order.state });
  expect(canonical(JSON.parse(stored.order) as Json)).toEqual(canonical(toDocument(order)));
}

describe('the merger on its store', () => {
  test('gives what the pure merge gives over the whole order, whatever batches and repetitions the inputs come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        fc.nat(),
        async (steps, sizes, again) => {
          const orderId = nextOrder();
          const inputs = lineOf(doc, steps);
          const arrivals = [...inputs, inputs[again % inputs.length] as MergeInput];
          await given.take(orderId, arrivals, sizes);
          let order: EffectiveOrder = { ...fromDocument(orderId, {}), revision: 0, version: 0 };
          const revisions = [];
          for (const input of inputs) {
            const outcome = merge(order, input.kind === 'orderCreated' ? { ...input, id: orderId } : input, AT);
            order = outcome.order;
            if (outcome.kind === 'revised') revisions.push({ ...outcome.revision, at: expect.any(String) });
          }
          await expectStored(orderId, order);
          expect(await listRevisions(given.store.manager, orderId, 1, 1_000, 1_000)).toEqual(revisions);
        },
      ),
      { numRuns: 150, seed: SEED },
    );
  }, 120_000);

  test('given the inputs in any order, ends in gapless revisions of all of them and an empty gap buffer', async () => {
    const inputs = lineOf(
      doc,
      [1, 2, 3, 4].map((n) => ({ kind: 'supplement' as const, changes: { [`x-${n}`]: n } as JsonObject })),
    );
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(inputs, { minLength: inputs.length }), async (shuffled) => {
        const orderId = nextOrder();
        for (const input of shuffled) await given.merger.merge([eventOf(orderId, input)]);
        const stored = await readStored(orderId);
        expect(stored).toMatchObject({ revision: 5, order: { 'x-1': 1, 'x-2': 2, 'x-3': 3, 'x-4': 4 } });
        const waiting = await given.store.query(`SELECT waiting FROM ${SCHEMA}.effective_order WHERE order_id = $1`, [orderId]);
        expect(waiting).toEqual([{ waiting: 0 }]);
        const inputRows = await given.store.query(`SELECT ordinal FROM ${SCHEMA}.merge_input WHERE order_id = $1 ORDER BY ordinal`, [
          orderId,
        ]);
        expect(inputRows.map(({ ordinal }: { ordinal: number }) => ordinal)).toEqual([1, 2, 3, 4, 5]);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  test('appends one event per revision and outcome and one of all, in order, each as its published schema says', async () => {
    const orderId = nextOrder();
    await given.merger.merge(
      [created(doc), supplement(1, { description: 'x' }), supplement(2, { productOrderItem: [{ id: '77', quantity: 1 }] })].map((input) =>
        eventOf(orderId, input),
      ),
    );
    const told = await toldOf(given.store, orderId);
    expect(told.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual([
      `${eventType('effective-order.revised')} 1`,
      `${eventType('effective-order.revised')} 2`,
      `${eventType('supplement.merged')} 1`,
      `${eventType('supplement.rejected')} 2`,
      `${eventType('merge.settled')} 3`,
    ]);
    for (const event of told) expect(faultOfEvent(event)).toBeUndefined();
  });

  test('two mergers that are given the same batch at once merge it once', async () => {
    const orderId = nextOrder();
    const events = lineOf(
      doc,
      Array.from({ length: 5 }, (_, n) => ({ kind: 'supplement' as const, changes: { [`x-${n}`]: n } as JsonObject })),
    ).map((input) => eventOf(orderId, input));
    await Promise.all([given.merger.merge(events), given.merger.merge(events)]);
    expect(await readStored(orderId)).toMatchObject({ revision: 6 });
    const rows = await given.store.query(`SELECT 1 FROM ${SCHEMA}.outbox WHERE subject = $1 AND type = $2`, [
      orderId,
      eventType('effective-order.revised'),
    ]);
    expect(rows).toHaveLength(6);
  });

  test('a merge of a head that moved meanwhile writes nothing: the fence', async () => {
    const orderId = nextOrder();
    await given.merger.merge([eventOf(orderId, created(doc))]);
    const seen: EffectiveOrder = { ...fromDocument(orderId, doc), version: 1, sequence: 0 };
    await given.merger.merge([eventOf(orderId, supplement(1, { description: 'theirs' }))]);
    const late = merge(seen, supplement(1, { description: 'ours' }), AT);
    const write = { before: seen, order: late.order, steps: [], parked: [], waiting: 0, at: AT };
    await expect(given.store.transaction((tx) => sendAll(tx, saveStatements([write], recordedPolicy(usualPolicy))))).rejects.toMatchObject({
      code: '40001',
      message: expect.stringMatching(/merged by another merger meanwhile/),
    });
    expect(await readStored(orderId)).toMatchObject({ revision: 2, order: { description: 'theirs' } });
  });
});
