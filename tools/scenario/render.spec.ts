import { describe, expect, it } from '@jest/globals';
import type { Revision } from '#order-model';
import { differenceLines, faultLines, refusalLines, revisionLines, short, stepLabel, summaryLines } from './render.js';

const revision: Revision = {
  orderId: 'o',
  revision: 3,
  at: '2026-01-01T00:00:00Z',
  cause: { kind: 'supplement', id: 's', sequence: 2, by: 'upstream', reason: { code: 'DMARC', text: 'survey' } },
  state: 'inProgress',
  delta: [
    { path: '/a', before: 1, after: 2 },
    { path: '/b', before: 'x' },
  ],
  plan: [],
};

describe('a revision', () => {
  it('shows its cause and every change before and after', () => {
    expect(revisionLines(revision, 'demarc')).toEqual([
      '  revision 3: supplement 2 "demarc" by upstream · DMARC: survey · order inProgress',
      '      /a: 1 → 2',
      '      /b: "x" → nothing',
    ]);
  });

  it('shows a version, what it overwrote and what of it could not apply', () => {
    const amended: Revision = {
      ...revision,
      cause: { kind: 'amendment', id: 'a', version: 4, by: 'desk' },
      delta: [],
      overwritten: [{ path: '/a', revision: 2 }],
      notApplied: [{ code: 'unknown-item', path: '/productOrderItem/9', detail: 'there is no item 9' }],
    };
    expect(revisionLines(amended)).toEqual([
      '  revision 3: amendment, version 4 by desk · order inProgress',
      '      (changes nothing)',
      '      overwrote unseen: /a of revision 2',
      '      not applied:',
      '      unknown-item /productOrderItem/9: there is no item 9',
    ]);
  });

  it('shows a long delta and long values shortened', () => {
    const delta = Array.from({ length: 45 }, (_, n) => ({ path: `/p${n}`, after: 'x'.repeat(500) }));
    const lines = revisionLines({ ...revision, delta });
    expect(lines).toHaveLength(42);
    expect(lines.at(-1)).toBe('      … and 5 changes more');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(110);
    expect(short('abcdef', 6)).toBe('"abcd…');
  });
});

it('a refusal says where and why', () => {
  const step = { kind: 'supplement' as const, body: {}, name: 'late' };
  const problems = [{ code: 'order-closed', detail: 'it is completed' }];
  expect(refusalLines(stepLabel(step, 3), { kind: 'supplement', state: 'rejected', refusedAt: 'door', problems })).toEqual([
    '  step 4 (supplement "late"): refused at the door',
    '      order-closed: it is completed',
  ]);
  expect(refusalLines('x', { kind: 'supplement', state: 'held', refusedAt: 'merge', problems })[0]).toBe('  x: held at the merge');
});

it('a difference shows both values', () => {
  expect(differenceLines({ what: '/a', expected: '1', got: 'nothing' }, 'step 1')).toEqual([
    '  ✘ step 1: /a',
    '      expected 1',
    '      got      nothing',
  ]);
});

it('a fault names file and place', () => {
  expect(
    faultLines('a.json', [
      { pointer: '/steps/0', detail: 'is wrong' },
      { pointer: '', detail: 'is not JSON' },
    ]),
  ).toEqual(['✘ a.json /steps/0: is wrong', '✘ a.json: is not JSON']);
});

it('the summary counts and names what failed', () => {
  expect(summaryLines([{ file: 'a', asExpected: true }])).toEqual(['', '✔ 1 scenario: 1 as expected, 0 not']);
  expect(
    summaryLines([
      { file: 'a', asExpected: true },
      { file: 'b', asExpected: false },
    ]),
  ).toEqual(['', '✘ b', '✘ 2 scenarios: 1 as expected, 1 not']);
});
