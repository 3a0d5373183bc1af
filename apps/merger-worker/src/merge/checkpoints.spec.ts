import { describe, expect, test } from '@jest/globals';
import { fromDocument, type JsonObject, type MergeInput, toDocument, usualPointOfNoReturn } from '#order-model';
import { checkpointInterval, checkpointsOf, reachesCheckpoint } from './checkpoints.js';
import { mergeLine } from './merge-line.js';

const AT = '2026-06-01T00:00:00.000Z';
const orderOf = (items: number, revision = 1) =>
  fromDocument(
    'o',
    { productOrderItem: Array.from({ length: items }, (_, n): JsonObject => ({ id: String(n), action: 'add' })) },
    { revision },
  );
const noted = (sequence: number): MergeInput => ({
  kind: 'supplement',
  id: `s${sequence}`,
  by: 'x',
  sequence,
  changes: { description: String(sequence) },
});
const line = (length: number): MergeInput[] => Array.from({ length }, (_, n) => noted(n + 1));

describe('the document is kept', () => {
  test.each([
    [1, 16],
    [32, 16],
    [33, 32],
    [5_000, 4_096],
  ])('of an order of %d items every %d revisions', (items, revisions) => {
    expect(checkpointInterval(orderOf(items))).toBe(revisions);
  });

  test('at every interval within a batch, as it was at that revision', () => {
    const { steps } = mergeLine(orderOf(2), line(40), AT, usualPointOfNoReturn);
    const kept = checkpointsOf(steps);
    expect(kept.map(({ revision }) => revision)).toEqual([16, 32]);
    expect(kept.map(({ doc }) => doc['description'])).toEqual(['15', '31']);
  });

  test('whole: items and state are in it', () => {
    const { steps, order } = mergeLine(orderOf(2, 31), line(1), AT, usualPointOfNoReturn);
    expect(checkpointsOf(steps)).toEqual([{ orderId: 'o', revision: 32, doc: toDocument(order) }]);
    expect(toDocument(order)['productOrderItem']).toHaveLength(2);
  });

  test('not of an order of which not every item is loaded', () => {
    const whole = orderOf(2, 31);
    const { steps } = mergeLine({ ...whole, items: new Map([...whole.items].slice(1)) }, line(1), AT, usualPointOfNoReturn);
    expect(checkpointsOf(steps)).toEqual([]);
  });

  test('not of what was refused', () => {
    const unknown: MergeInput = { ...noted(1), changes: { productOrderItem: [{ id: '9', intent: 'amend', quantity: 1 }] } } as MergeInput;
    const { steps } = mergeLine(orderOf(2, 32), [unknown], AT, usualPointOfNoReturn);
    expect(steps[0]?.outcome.kind).toBe('rejected');
    expect(checkpointsOf(steps)).toEqual([]);
  });
});

describe('all items are loaded', () => {
  test.each([
    [14, 1, false],
    [15, 1, true],
    [14, 2, true],
    [16, 15, false],
    [16, 16, true],
  ])('at revision %d with %d inputs: %s', (revision, inputs, all) => {
    expect(reachesCheckpoint(orderOf(2, revision), inputs)).toBe(all);
  });
});
