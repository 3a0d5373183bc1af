import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '#order-model';
import { decideSubmission, type KnownItem, type OrderLine, type SubmitSupplement } from './submission.js';

const command = (changes: JsonObject, given: Partial<SubmitSupplement> = {}): SubmitSupplement => ({
  id: 'new',
  orderId: 'o',
  by: 'upstream',
  at: '2026-06-01T00:00:00.000Z',
  request: { category: 'component', changes },
  hash: 'h',
  ...given,
});
const line = (items: Record<string, Partial<KnownItem>> = {}, given: Partial<OrderLine> = {}): OrderLine => ({
  lastSequence: 4,
  state: 'inProgress',
  items: new Map(Object.entries(items).map(([id, item]) => [id, { state: 'acknowledged', pointOfNoReturn: false, ...item }])),
  ...given,
});
const item = (given: JsonObject): JsonObject => ({ productOrderItem: [{ id: '1', ...given }] });
const refusals = (known: OrderLine, changes: JsonObject): string[] => {
  const submission = decideSubmission(known, {}, command(changes));
  return submission.kind === 'refused' ? submission.problems.map(({ code }) => code) : [];
};

describe('a supplement at the door', () => {
  test('is accepted with the next sequence of its order', () => {
    const submission = decideSubmission(line(), {}, command(item({ intent: 'amend', quantity: 2 })));
    expect(submission).toMatchObject({
      kind: 'accepted',
      supplement: { id: 'new', orderId: 'o', sequence: 5, by: 'upstream', category: 'component' },
    });
  });
  test('under a known id with the same body is a repetition; with another body, or for another order, refused', () => {
    const byId = { id: 'new', orderId: 'o', hash: 'h' };
    expect(decideSubmission(line(), { byId }, command({}))).toEqual({ kind: 'repeated', id: 'new' });
    expect(decideSubmission(line(), { byId: { ...byId, hash: 'other' } }, command({})).kind).toBe('idReused');
    expect(decideSubmission(line(), { byId: { ...byId, orderId: 'other' } }, command({})).kind).toBe('idReused');
  });
  test("under its caller's number of before is refused with the supplement that has it", () => {
    const byExternalId = { id: 'first', orderId: 'o', hash: 'x' };
    expect(decideSubmission(line(), { byExternalId }, command({}))).toEqual({ kind: 'externalIdTaken', id: 'first' });
  });
  test('to a closed order is refused as order-closed', () => {
    expect(refusals(line({}, { state: 'completed' }), { description: 'x' })).toEqual(['order-closed']);
    expect(refusals(line({}, { state: undefined }), { description: 'x' })).toEqual([]);
  });
  test('that touches what is known to be past the point of no return is refused; its notes are not', () => {
    for (const known of [{ state: 'completed' as const }, { pointOfNoReturn: true }]) {
      expect(refusals(line({ 1: known }), item({ quantity: 2 }))).toEqual(['past-point-of-no-return']);
      expect(refusals(line({ 1: known }), item({ intent: 'cancel' }))).toEqual(['past-point-of-no-return']);
      expect(refusals(line({ 1: known }), item({ note: [{ id: 'n', text: 'x' }] }))).toEqual([]);
    }
  });
  test('that adds a known item or cancels a cancelled one is refused', () => {
    expect(refusals(line({ 1: {} }), item({ intent: 'add', action: 'add' }))).toEqual(['duplicate-item']);
    expect(refusals(line({ 1: { state: 'cancelled' } }), item({ intent: 'cancel' }))).toEqual(['item-already-cancelled']);
  });
  test('that names what has not been heard of is accepted: only the merger can say that it is not there', () => {
    expect(refusals(line(), item({ quantity: 2 }))).toEqual([]);
    expect(refusals(line({ 1: {} }), item({ productOrderItemRelationship: [{ id: '9', relationshipType: 'reliesOn' }] }))).toEqual([]);
  });
});
