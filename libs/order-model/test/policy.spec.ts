import { describe, expect, test } from '@jest/globals';
import {
  type ApprovalRule,
  approvalDue,
  approvalsNeeded,
  chargeDue,
  checkPolicy,
  type JsonObject,
  type Policy,
  policyProblems,
  readPolicy,
  usualPolicy,
} from '#order-model';

const AT = '2026-06-01T00:00:00.000Z';
const rule = (when: ApprovalRule['when'], given: Partial<ApprovalRule> = {}): ApprovalRule => ({
  name: 'r',
  when,
  by: 'operator',
  waitHours: 24,
  onExpiry: 'expire',
  ...given,
});
const policyOf = (approvals: ApprovalRule[], limits: Policy['limits'] = {}): Policy => ({ ...usualPolicy, approvals, limits });
const needs = (when: ApprovalRule['when'], supplement: Parameters<typeof approvalsNeeded>[1]): boolean =>
  approvalsNeeded(policyOf([rule(when)]), supplement).length === 1;

describe('the usual policy', () => {
  test('needs no approval but the customer’s of a blocking charge, and has no limits', () => {
    expect(approvalsNeeded(usualPolicy, { category: 'construction', origin: 'vendor', charge: { category: 'construction' } })).toEqual([]);
    expect(approvalsNeeded(usualPolicy, { category: 'construction', charge: { category: 'construction', blocking: true } })).toMatchObject([
      { by: 'customer' },
    ]);
    expect(policyProblems(usualPolicy, { accepted: 1e6, acceptedAfterConfirmation: 1e6, confirmed: true, dueDate: AT }, AT)).toEqual([]);
  });
  test('is what a file says that says nothing', () => {
    expect(readPolicy({})).toEqual(usualPolicy);
    expect(checkPolicy(usualPolicy as unknown as JsonObject)).toEqual([]);
  });
});

describe('an approval rule', () => {
  test('fits by category, origin, charge, blocking and amount; all that it says must fit', () => {
    expect(needs({ categories: ['construction'] }, { category: 'construction' })).toBe(true);
    expect(needs({ categories: ['construction'] }, { category: 'dueDate' })).toBe(false);
    expect(needs({ origins: ['vendor'] }, { category: 'dueDate', origin: 'vendor' })).toBe(true);
    expect(needs({ origins: ['vendor'] }, { category: 'dueDate' })).toBe(false);
    expect(needs({ chargeCategories: ['expedite'] }, { category: 'dueDate', charge: { category: 'expedite' } })).toBe(true);
    expect(needs({ chargeCategories: ['expedite'] }, { category: 'dueDate' })).toBe(false);
    expect(needs({ blockingCharge: false }, { category: 'dueDate' })).toBe(true);
    expect(needs({ categories: ['dueDate'], origins: ['vendor'] }, { category: 'dueDate', origin: 'seller' })).toBe(false);
    expect(needs({}, { category: 'dueDate' })).toBe(true);
  });
  test('over an amount, compares only the same currency', () => {
    const charged = (unit: string, value: number) => ({
      category: 'construction' as const,
      charge: { category: 'construction' as const, price: { unit, value } },
    });
    const over = { chargeOver: { unit: 'USD', value: 100 } };
    expect([needs(over, { category: 'dueDate' }), needs(over, { category: 'dueDate', charge: { category: 'expedite' } })]).toEqual([
      false,
      false,
    ]);
    expect([needs(over, charged('USD', 101)), needs(over, charged('USD', 100)), needs(over, charged('EUR', 101))]).toEqual([
      true,
      false,
      false,
    ]);
  });
  test('is waited for as long as it says, or until the charge is due where the customer answers', () => {
    const charged = {
      category: 'construction' as const,
      charge: { category: 'construction' as const, responseDueDate: '2026-06-09T12:00:00+02:00' },
    };
    expect(approvalDue(rule({}), charged, AT)).toBe('2026-06-02T00:00:00.000Z');
    expect(approvalDue(rule({}, { by: 'customer' }), charged, AT)).toBe('2026-06-09T10:00:00.000Z');
    expect(approvalDue(rule({}, { by: 'customer', waitHours: 1 }), { category: 'construction' }, AT)).toBe('2026-06-01T01:00:00.000Z');
  });
});

describe('a charge that nothing waits for', () => {
  const due = (responseDueDate?: string): string =>
    chargeDue(usualPolicy, { category: 'expedite', ...(responseDueDate === undefined ? {} : { responseDueDate }) }, AT);
  test('is open until it is due, else as long as the policy says', () => {
    expect(due('2026-06-09')).toBe('2026-06-09T00:00:00.000Z');
    expect(due()).toBe('2026-06-04T00:00:00.000Z');
  });
  test('is open as long as the policy says where its date cannot be read', () => {
    expect(due('2026-W23')).toBe('2026-06-04T00:00:00.000Z');
  });
});

describe('a limit', () => {
  const order = { accepted: 2, acceptedAfterConfirmation: 1, confirmed: true, dueDate: '2026-06-02T00:00:00.000Z' };
  const refused = (limits: Policy['limits'], given: Partial<typeof order> = {}): string[] =>
    policyProblems(policyOf([], limits), { ...order, ...given }, AT).map(({ code, detail }) => `${code} ${detail.split(':')[0]}`);
  test('of supplements per order refuses the next one, with its name', () => {
    expect(refused({ supplementsPerOrder: 2 })).toEqual(['policy supplementsPerOrder']);
    expect(refused({ supplementsPerOrder: 3 })).toEqual([]);
  });
  test('of supplements after confirmation counts only from then', () => {
    expect(refused({ supplementsAfterConfirmation: 1 })).toEqual(['policy supplementsAfterConfirmation']);
    expect(refused({ supplementsAfterConfirmation: 1 }, { confirmed: false })).toEqual([]);
  });
  test('of notice looks at the due date, where there is one', () => {
    expect(refused({ leastNoticeHours: 25 })).toEqual(['policy leastNoticeHours']);
    expect(refused({ leastNoticeHours: 24 })).toEqual([]);
    expect(
      policyProblems(policyOf([], { leastNoticeHours: 25 }), { accepted: 0, acceptedAfterConfirmation: 0, confirmed: true }, AT),
    ).toEqual([]);
  });
});

describe('a policy file', () => {
  test('is faulted with pointers, unknown parts included', () => {
    const faults = checkPolicy({
      approvals: [{ name: '', when: { categories: ['whim'], x: 1 }, by: 'me', waitHours: -1, onExpiry: 'expire' }, { when: {} }],
      limits: { supplementsPerOrder: 1.5 },
      pointOfNoReturn: { alwaysOpen: ['note'], rules: [{ states: ['partial'], flagged: 'no' }] },
      charges: { waitHours: 1e9 },
      reasonCodes: { onlyKnown: 1 },
      more: {},
    });
    expect(faults.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/approvals/0/name invalid-value',
      '/approvals/0/when/categories/0 invalid-value',
      '/approvals/0/when/x unknown-attribute',
      '/approvals/0/by invalid-value',
      '/approvals/0/waitHours invalid-value',
      '/approvals/1/name required',
      '/approvals/1/by required',
      '/approvals/1/waitHours required',
      '/approvals/1/onExpiry required',
      '/limits/supplementsPerOrder invalid-value',
      '/pointOfNoReturn/alwaysOpen/0 invalid-value',
      '/pointOfNoReturn/rules/0/states/0 invalid-value',
      '/pointOfNoReturn/rules/0/flagged invalid-value',
      '/charges/waitHours invalid-value',
      '/reasonCodes/onlyKnown invalid-value',
      '/more unknown-attribute',
    ]);
    expect(checkPolicy([]).length).toBe(1);
  });
  test('names each approval once', () => {
    expect(checkPolicy({ approvals: [rule({}), rule({})] as unknown as JsonObject[] })).toMatchObject([
      { pointer: '/approvals/1/name', code: 'duplicate-key' },
    ]);
  });
  test('says what it wants to change and leaves the rest usual', () => {
    const policy = readPolicy({ limits: { supplementsPerOrder: 3 }, pointOfNoReturn: { alwaysOpen: ['/note'] } });
    expect(policy).toEqual({
      ...usualPolicy,
      limits: { supplementsPerOrder: 3 },
      pointOfNoReturn: { ...usualPolicy.pointOfNoReturn, alwaysOpen: ['/note'] },
    });
  });
});
