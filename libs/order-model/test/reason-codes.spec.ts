import { describe, expect, test } from '@jest/globals';
import { CATEGORIES, type Policy, reasonCodes, reasonProblems, SUPPLEMENT_TYPES, TRADE_REASON_CODES, usualPolicy } from '#order-model';

const policy = (given: Partial<Policy['reasonCodes']>): Policy => ({
  ...usualPolicy,
  reasonCodes: { ...usualPolicy.reasonCodes, ...given },
});
const ours = { code: 'DEMARC_CHANGE', text: 'the demarc moved', category: 'technicalDetail' as const };

describe('the reason codes', () => {
  test('of the trade are two characters each, once, without the letters I, O and V that ASOG leaves out', () => {
    const codes = TRADE_REASON_CODES.map(({ code }) => code);
    expect(codes).toHaveLength(23);
    expect(new Set(codes).size).toBe(23);
    for (const code of codes) expect(code).toMatch(/^1[A-HJ-NP-UW-Z]$/);
    expect(new Set(TRADE_REASON_CODES.map(({ text }) => text)).size).toBe(23);
    expect(TRADE_REASON_CODES.filter(({ text, category }) => text === '' || !CATEGORIES.includes(category))).toEqual([]);
    expect(reasonCodes(usualPolicy).find(({ code }) => code === '1J')).toMatchObject({ category: 'construction', source: 'asog' });
    expect(reasonCodes(usualPolicy).find(({ code }) => code === '1S')).toMatchObject({ category: 'construction', source: 'asog' });
  });
  test('of the deployment come beside them, and in the place of those of the same code', () => {
    const known = reasonCodes(
      policy({ extra: [ours, { ...ours, code: '0A' }, { code: '1P', text: 'see the remarks', category: 'correction' }] }),
    );
    expect(known).toHaveLength(25);
    expect(known.map(({ code }) => code)).toEqual(known.map(({ code }) => code).sort());
    expect(known.find(({ code }) => code === ours.code)).toEqual({ ...ours, source: 'deployment' });
    expect(known.find(({ code }) => code === '1P')).toEqual({
      code: '1P',
      text: 'see the remarks',
      category: 'correction',
      source: 'deployment',
    });
  });
  test('that SUP 1, 2 and 3 stand for cover every category once', () => {
    expect(SUPPLEMENT_TYPES.map(({ sup, categories: [usual] }) => [sup, usual])).toEqual([
      ['1', 'cancellation'],
      ['2', 'dueDate'],
      ['3', 'technicalDetail'],
    ]);
    expect(SUPPLEMENT_TYPES.filter(({ text }) => text === '')).toEqual([]);
    expect(SUPPLEMENT_TYPES.flatMap(({ categories }) => categories).sort()).toEqual([...CATEGORIES].sort());
  });
});

describe('a reason code that is in no table', () => {
  const problems = (code: string | undefined, given: Partial<Policy['reasonCodes']>): string[] =>
    reasonProblems(policy(given), code === undefined ? { text: 'x' } : { code }).map((one) => `${one.code} ${one.detail}`);
  test('is refused with the rule’s name where only known ones are taken', () => {
    expect(problems('WHIM', { onlyKnown: true })).toEqual([
      'policy onlyKnown: the reason code "WHIM" is not known here; take one of GET /reason-codes.',
    ]);
  });
  test('is taken where the policy does not say so; a known one always', () => {
    expect(problems('WHIM', {})).toEqual([]);
    expect(problems('1J', { onlyKnown: true })).toEqual([]);
    expect(problems(ours.code, { onlyKnown: true, extra: [ours] })).toEqual([]);
  });
  test('is nothing where there is no code', () => {
    expect(problems(undefined, { onlyKnown: true })).toEqual([]);
    expect(reasonProblems(policy({ onlyKnown: true }), undefined)).toEqual([]);
  });
});
