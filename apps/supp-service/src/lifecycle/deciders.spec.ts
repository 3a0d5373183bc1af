import { describe, expect, test } from '@jest/globals';
import { aLine, anApproval, aSupplement } from '../../test/given.js';
import type { ChargeAnswer, Supplement } from '../supplement.js';
import { type AnswerSupplement, decideAnswer } from './answer.js';
import type { Decision } from './decision.js';
import { decideExpiry } from './expire.js';
import { decideResolution, type ResolveSupplement } from './resolve.js';
import { decideWithdrawal } from './withdraw.js';

const AT = '2026-06-03T00:00:00.000Z';
const deed = { at: AT, by: 'someone' };
const refused = (decision: Decision): string => {
  if (decision.kind !== 'refused') return decision.kind;
  return decision.refusal.kind === 'wrongState' ? `wrongState ${decision.refusal.wanted}` : decision.refusal.kind;
};
const charge: ChargeAnswer = { state: 'open', dueDate: '2026-06-02T00:00:00.000Z' };
const customer = anApproval({ name: 'charge', by: 'customer' });
const waiting = (given: Partial<Supplement> = {}): Supplement =>
  aSupplement({ state: 'pendingApproval', approvals: [anApproval()], ...given });

describe('an answer', () => {
  const answer = (supplement: Supplement, party: AnswerSupplement['party'], said: AnswerSupplement['answer']): Decision =>
    decideAnswer(supplement, aLine({ waiting: 1 }), { ...deed, party, answer: said });
  test('of yes gives the supplement its place in the line', () => {
    expect(answer(waiting(), 'operator', 'accepted')).toEqual({
      kind: 'changed',
      supplement: {
        ...waiting(),
        state: 'accepted',
        sequence: 5,
        approvals: [{ ...anApproval(), answer: 'accepted', at: AT, answeredBy: 'someone' }],
      },
      line: aLine({ lastSequence: 5, accepted: 4, acceptedAfterConfirmation: 2, waiting: 0 }),
      tells: 'supplement.accepted',
    });
  });
  test('of yes leaves it waiting for the other party, whichever comes first', () => {
    const both = waiting({ approvals: [anApproval(), customer], charge });
    const first = answer(both, 'customer', 'accepted');
    expect(first).toMatchObject({
      supplement: { state: 'pendingApproval', approvals: [{ name: 'vendor' }, { answer: 'accepted' }], charge: { state: 'accepted' } },
      line: aLine({ waiting: 1 }),
    });
    expect(first).not.toHaveProperty('tells');
    const second =
      first.kind === 'changed' ? decideAnswer(first.supplement, first.line, { ...deed, party: 'operator', answer: 'accepted' }) : first;
    expect(second).toMatchObject({ supplement: { state: 'accepted', sequence: 5 } });
  });
  test('of no from either ends it, its charge with it, and tells which approval it was', () => {
    const both = waiting({ approvals: [anApproval(), customer], charge });
    expect(answer(both, 'operator', 'declined')).toMatchObject({
      supplement: { state: 'declined', charge: { state: 'void' } },
      line: aLine({ waiting: 0 }),
      tells: 'supplement.declined',
      approval: 'vendor',
    });
    expect(answer(both, 'customer', 'declined')).toMatchObject({
      supplement: { state: 'declined', charge: { state: 'declined', answeredBy: 'someone' } },
      approval: 'charge',
    });
  });
  test('to a charge that nothing waits for is noted beside, whatever it is', () => {
    for (const said of ['accepted', 'declined'] as const) {
      const decision = answer(aSupplement({ state: 'merged', charge }), 'customer', said);
      expect(decision).toMatchObject({
        supplement: { state: 'merged', sequence: 2, charge: { state: said } },
        line: aLine({ waiting: 1 }),
      });
      expect(decision).not.toHaveProperty('tells');
    }
  });
  test('that nobody asked for is refused', () => {
    expect(refused(answer(waiting(), 'customer', 'accepted'))).toBe('wrongState accepted by the customer');
    expect(refused(answer(waiting({ approvals: [customer] }), 'operator', 'accepted'))).toBe('wrongState approved by the operator');
    expect(refused(answer(aSupplement(), 'operator', 'declined'))).toBe('wrongState declined by the operator');
    expect(refused(answer(aSupplement({ state: 'merged', charge }), 'operator', 'accepted'))).toBe('wrongState approved by the operator');
    expect(refused(answer(aSupplement({ charge: { ...charge, state: 'expired' } }), 'customer', 'accepted'))).toBe(
      'wrongState accepted by the customer',
    );
  });
});

describe('a withdrawal', () => {
  const withdraw = (supplement: Supplement, by = 'upstream'): Decision =>
    decideWithdrawal(supplement, aLine({ waiting: 1 }), { at: AT, by });
  test('ends what waits for an answer, or for an operator', () => {
    expect(withdraw(waiting({ charge }))).toMatchObject({
      supplement: { state: 'withdrawn', charge: { state: 'void' } },
      line: aLine({ waiting: 0 }),
      tells: 'supplement.withdrawn',
    });
    expect(withdraw(aSupplement({ state: 'held' }))).toMatchObject({ supplement: { state: 'withdrawn' }, line: aLine({ waiting: 1 }) });
  });
  test('is refused of what is on its way or at its end', () => {
    for (const state of ['accepted', 'merged', 'rejected', 'declined', 'expired', 'withdrawn', 'reverted'] as const) {
      expect(refused(withdraw(aSupplement({ state })))).toBe('wrongState withdrawn');
    }
  });
  test('is its author’s alone', () => {
    expect(refused(withdraw(waiting(), 'somebody else'))).toBe('notItsAuthor');
  });
});

describe('the resolution of a held supplement', () => {
  const held = aSupplement({ state: 'held', problems: [{ code: 'conflict', detail: 'x' }] });
  const resolve = (given: Partial<ResolveSupplement>, supplement = held): Decision =>
    decideResolution(supplement, aLine(), { ...deed, action: 'apply', ...given }, []);
  test('enters it again at the end of the line, as it is or edited', () => {
    const applied = resolve({ reason: { text: 'it is right' } });
    expect(applied).toMatchObject({
      supplement: { id: 's', state: 'accepted', sequence: 5, request: held.request, resolution: { action: 'apply', by: 'someone' } },
      line: aLine({ lastSequence: 5 }),
      tells: 'supplement.accepted',
    });
    expect(applied.kind === 'changed' && applied.supplement).not.toHaveProperty('problems');
    expect(resolve({ action: 'edit', changes: { description: 'y' } })).toMatchObject({
      supplement: { sequence: 5, request: { category: 'component', changes: { description: 'y' } }, resolution: { action: 'edit' } },
    });
  });
  test('drops it', () => {
    expect(resolve({ action: 'drop' })).toMatchObject({
      supplement: { state: 'declined', sequence: 2, resolution: { action: 'drop' } },
      line: aLine(),
      tells: 'supplement.declined',
    });
  });
  test('is refused where the merge is certain to refuse it, but not the drop', () => {
    const closed = [{ code: 'order-closed' as const, detail: 'x' }];
    expect(refused(decideResolution(held, aLine(), { ...deed, action: 'apply' }, closed))).toBe('problems');
    expect(refused(decideResolution(held, aLine(), { ...deed, action: 'drop' }, closed))).toBe('changed');
  });
  test('is refused of what is not held', () => {
    expect(refused(resolve({}, aSupplement()))).toBe('wrongState resolved');
    expect(refused(resolve({ action: 'drop' }, waiting()))).toBe('wrongState resolved');
  });
});

describe('the passing of time', () => {
  const at = (supplement: Supplement, instant = AT) => decideExpiry(supplement, aLine({ waiting: 1 }), instant);
  test('ends what was not answered, where the rule says so', () => {
    expect(at(waiting({ approvals: [customer], charge }))).toMatchObject({
      supplement: {
        state: 'expired',
        approvals: [{ answer: 'expired', at: AT, answeredBy: 'policy' }],
        charge: { state: 'expired' },
      },
      line: aLine({ waiting: 0 }),
      tells: 'supplement.expired',
      approval: 'charge',
    });
  });
  test('accepts it where the rule says so, once no other answer is waited for', () => {
    const lenient = anApproval({ onExpiry: 'accept' });
    expect(at(waiting({ approvals: [lenient] }))).toMatchObject({
      supplement: { state: 'accepted', sequence: 5, approvals: [{ answer: 'accepted', answeredBy: 'policy' }] },
      tells: 'supplement.accepted',
    });
    const later = anApproval({ name: 'later', dueDate: '2026-06-09T00:00:00.000Z' });
    expect(at(waiting({ approvals: [lenient, later] }))).toMatchObject({
      supplement: { state: 'pendingApproval' },
      line: aLine({ waiting: 1 }),
    });
    expect(at(waiting({ approvals: [lenient, anApproval()] }))).toMatchObject({ supplement: { state: 'expired' } });
  });
  test('closes a charge that nothing waits for, and lets the supplement go on', () => {
    const decision = at(aSupplement({ state: 'merged', charge }));
    expect(decision).toMatchObject({ supplement: { state: 'merged', charge: { state: 'expired' } }, line: aLine({ waiting: 1 }) });
    expect(decision).not.toHaveProperty('tells');
    expect(at(waiting({ approvals: [anApproval({ ...customer, dueDate: '2026-06-09T00:00:00.000Z' })], charge }))).toBeUndefined();
  });
  test('does nothing before the due date, and nothing to what was answered meanwhile', () => {
    expect(at(waiting(), '2026-06-01T23:59:59.999Z')).toBeUndefined();
    expect(at(waiting(), '2026-06-02T00:00:00.000Z')).toMatchObject({ supplement: { state: 'expired' } });
    expect(at(aSupplement({ approvals: [anApproval({ answer: 'accepted' })] }))).toBeUndefined();
    expect(at(aSupplement({ state: 'held' }))).toBeUndefined();
    expect(at(aSupplement({ charge: { ...charge, state: 'accepted' } }))).toBeUndefined();
  });
});
