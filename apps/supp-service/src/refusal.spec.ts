import { describe, expect, test } from '@jest/globals';
import { anApproval, aSupplement } from '../test/given.js';
import { mayBeDone, problemOfRefusal } from './refusal.js';
import { dueOf, STATES, type Supplement } from './supplement.js';

const told = (supplement: Supplement) => {
  const { status, code, message, extra } = problemOfRefusal({ kind: 'wrongState', supplement, wanted: 'withdrawn' });
  return { status, code, message, extra };
};

describe('a supplement in the wrong state', () => {
  test('is a 409 that names the state and what may be done', () => {
    expect(told(aSupplement({ state: 'held' }))).toEqual({
      status: 409,
      code: 'wrong-state',
      message:
        'supplement s is held and cannot be withdrawn; what may be done now: POST /admin/supplements/s/resolve, POST /supplements/s/withdraw',
      extra: { state: 'held', mayBeDone: ['POST /admin/supplements/s/resolve', 'POST /supplements/s/withdraw'] },
    });
    expect(told(aSupplement()).message).toBe('supplement s is accepted and cannot be withdrawn; wait for its merge');
    expect(told(aSupplement({ state: 'declined' })).message).toContain('nothing can be done about it any more');
  });
  test('names the answers that are waited for, and until when', () => {
    const supplement = aSupplement({ state: 'pendingApproval', approvals: [anApproval()] });
    expect(told(supplement).message).toContain('waits for vendor of the operator (due 2026-06-02T00:00:00.000Z)');
  });
});

test('nothing can wait for ever: every state has a due date, an action that ends it, or is an end', () => {
  const ends = new Set(['merged', 'rejected', 'declined', 'expired', 'withdrawn', 'reverted']);
  for (const state of STATES) {
    const supplement = aSupplement({ state, ...(state === 'pendingApproval' ? { approvals: [anApproval()] } : {}) });
    const ending = state === 'pendingApproval' ? dueOf(supplement) : mayBeDone(supplement).find((one) => one.includes('resolve'));
    // An accepted one is the merger's, whose gap in the line is asked for again.
    if (!ends.has(state) && state !== 'accepted') expect(ending).toBeDefined();
  }
});

test('somebody else’s supplement is a 403, a refusal of the merge’s own kind a 422 with its code', () => {
  expect(problemOfRefusal({ kind: 'notItsAuthor', supplement: aSupplement() })).toMatchObject({ status: 403, code: 'not-the-author' });
  const problems = [{ code: 'order-closed' as const, detail: 'x' }];
  expect(problemOfRefusal({ kind: 'problems', problems })).toMatchObject({ status: 422, code: 'order-closed', errors: problems });
});
