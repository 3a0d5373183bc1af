import { describe, expect, it } from '@jest/globals';
import type { Revision } from '#order-model';
import { checkLines, differenceLines, faultLines, revisionLines, short, stepLabel, summaryLines, unmergedLines } from './render.js';

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
  const step = { kind: 'supplement' as const, body: {}, name: 'late', known: 'late' };
  const problems = [{ code: 'order-closed', detail: 'it is completed' }];
  expect(unmergedLines(stepLabel(step, 3), { kind: 'supplement', state: 'rejected', refusedAt: 'door', problems })).toEqual([
    '  step 4 (supplement "late"): refused at the door',
    '      order-closed: it is completed',
  ]);
  expect(unmergedLines('x', { kind: 'supplement', state: 'held', refusedAt: 'merge', problems })[0]).toBe('  x: held at the merge');
});

it('a supplement that waits says for whom, one that ended how', () => {
  const waitsFor = ['blocking-charge (customer)'];
  expect(unmergedLines('x', { kind: 'supplement', state: 'pendingApproval', problems: [], waitsFor })).toEqual([
    '  x: pendingApproval, waits for blocking-charge (customer)',
  ]);
  expect(unmergedLines('x', { kind: 'decline', state: 'declined', problems: [] })).toEqual(['  x: declined']);
});

it('a check says what it came to', () => {
  const would = {
    delta: [{ path: '/a', after: 2 }],
    plan: [{ itemId: '1', action: 'change' as const, compensation: 'redo' as const, paths: [] }],
  };
  const price = [
    {
      source: 'itemPrice' as const,
      priceType: 'recurring',
      unit: 'USD',
      period: 'month',
      amount: 'dutyFreeAmount' as const,
      value: '0.30',
    },
  ];
  const approvals = ['blocking-charge'];
  expect(checkLines('x', { kind: 'preview', state: 'merged', revision: 4, problems: [], approvals, ...would, price })).toEqual([
    '  x: would be merged, revision 4, needs blocking-charge',
    '      /a: nothing → 2',
    '      plan: redo 1 (change)',
    '      price: +0.30 USD recurring per month',
  ]);
  expect(checkLines('x', { kind: 'acknowledge', state: 'ack', lag: 1, problems: [] })).toEqual(['  x: ack, 1 revision behind']);
  expect(checkLines('x', { kind: 'lag', state: '', problems: [] })).toEqual(['  x: looked at']);
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
