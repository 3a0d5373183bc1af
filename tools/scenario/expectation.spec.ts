import { describe, expect, it } from '@jest/globals';
import { effectiveDifferences, gaplessDifferences, type StepOutcome, stepDifferences } from './expectation.js';

const merged: StepOutcome = { kind: 'supplement', state: 'merged', revision: 3, sequence: 2, problems: [] };
const conflict = { code: 'conflict', detail: 'seen too early' };
const held: StepOutcome = { kind: 'supplement', state: 'held', sequence: 3, refusedAt: 'merge', problems: [conflict] };
const late = { code: 'past-point-of-no-return', detail: 'too late' };
const refused: StepOutcome = { kind: 'supplement', state: 'rejected', refusedAt: 'door', problems: [late] };
const version: StepOutcome = {
  kind: 'amendment',
  state: 'acknowledged',
  revision: 4,
  version: 2,
  problems: [{ code: 'unknown-item', detail: 'no 9' }],
};

describe('a step', () => {
  it('that takes effect needs no expectation', () => {
    expect(stepDifferences(undefined, merged)).toEqual([]);
    expect(stepDifferences({ state: 'merged', revision: 3, sequence: 2 }, merged)).toEqual([]);
  });

  it('is compared in everything that is named', () => {
    expect(stepDifferences({ state: 'held', revision: 4, sequence: 1, version: 9, problem: 'conflict' }, merged)).toEqual([
      { what: 'problem', expected: 'conflict', got: 'no problem' },
      { what: 'state', expected: 'held', got: 'merged' },
      { what: 'revision', expected: '4', got: '3' },
      { what: 'sequence', expected: '1', got: '2' },
      { what: 'version', expected: '9', got: 'nothing' },
    ]);
  });

  it.each([
    [{ problem: 'past-point-of-no-return' }, refused],
    [{ state: 'rejected' }, refused],
    [
      { state: 'rejected', problem: 'past-point-of-no-return' },
      { ...refused, refusedAt: 'merge' as const },
    ],
    [{ problem: 'conflict' }, held],
    [{ state: 'held', problem: 'conflict', sequence: 3 }, held],
    [{ problem: 'unknown-item', version: 2 }, version],
  ])('refused, held or partly applied as %j says is as expected', (expectation, outcome) => {
    expect(stepDifferences(expectation, outcome)).toEqual([]);
  });

  it('that nobody expected to be refused or held is a difference, with the reason', () => {
    expect(stepDifferences(undefined, refused)).toEqual([
      { what: 'outcome', expected: 'merged', got: 'rejected (past-point-of-no-return: too late)' },
    ]);
    expect(stepDifferences({ state: 'merged' }, held)).toEqual([
      { what: 'outcome', expected: 'merged', got: 'held (conflict: seen too early)' },
    ]);
    expect(stepDifferences({}, { ...refused, kind: 'cancel' })).toEqual([expect.objectContaining({ expected: 'no refusal' })]);
  });

  it('refused for another reason than expected is a difference', () => {
    expect(stepDifferences({ problem: 'dependency' }, refused)).toEqual([
      { what: 'problem', expected: 'dependency', got: 'past-point-of-no-return: too late' },
    ]);
  });
});

describe('a step about a supplement', () => {
  const waiting: StepOutcome = { kind: 'supplement', state: 'pendingApproval', problems: [], waitsFor: ['blocking-charge (customer)'] };

  it('that waits for an answer is a difference, unless that was expected', () => {
    expect(stepDifferences({ state: 'pendingApproval' }, waiting)).toEqual([]);
    expect(stepDifferences({ sequence: 1 }, waiting)).toEqual([
      { what: 'outcome', expected: 'merged', got: 'pendingApproval (waits for blocking-charge (customer))' },
      { what: 'sequence', expected: '1', got: 'nothing' },
    ]);
    expect(stepDifferences(undefined, { ...waiting, kind: 'approve' })).toEqual([]);
    expect(stepDifferences(undefined, { kind: 'withdraw', state: 'withdrawn', problems: [] })).toEqual([]);
  });

  it('that is refused needs its code, whatever state the supplement is in', () => {
    const wrong: StepOutcome = { kind: 'withdraw', state: 'merged', refusedAt: 'door', problems: [{ code: 'wrong-state', detail: 'no' }] };
    expect(stepDifferences({ problem: 'wrong-state', state: 'merged' }, wrong)).toEqual([]);
    expect(stepDifferences({ state: 'merged' }, wrong)).toEqual([{ what: 'outcome', expected: 'merged', got: 'merged (wrong-state: no)' }]);
  });

  it('that takes one back is right as reverted, and as the merge of the new one', () => {
    const back: StepOutcome = { kind: 'revert', state: 'reverted', revision: 3, problems: [] };
    for (const state of ['reverted', 'merged']) expect(stepDifferences({ state, revision: 3 }, back)).toEqual([]);
    expect(stepDifferences({ state: 'rejected' }, back)).toHaveLength(1);
  });
});

describe('what a revision did', () => {
  const made: StepOutcome = {
    kind: 'supplement',
    state: 'merged',
    revision: 2,
    problems: [],
    delta: [
      { path: '/a', before: 1, after: { x: 1, y: 2 } },
      { path: '/b', before: 1 },
    ],
    plan: [
      { itemId: '2', action: 'cancel', compensation: 'undo', paths: ['/x'] },
      { itemId: '1', action: 'change', compensation: 'redo', paths: [] },
    ],
    price: [{ source: 'itemPrice', priceType: 'recurring', unit: 'USD', period: 'month', amount: 'dutyFreeAmount', value: '0.3' }],
    overwritten: ['/a'],
    approvals: ['one', 'two'],
    charge: 'open',
  };

  it('is compared whole in paths and order, in the members that are named', () => {
    const expected = {
      delta: { '/a': { y: 2, x: 1 }, '/b': null },
      plan: [{ itemId: '2', compensation: 'undo' }, { itemId: '1' }],
      price: [{ value: '0.3', unit: 'USD' }],
      overwritten: ['/a'],
      approvals: ['one', 'two'],
      charge: 'open',
    };
    expect(stepDifferences(expected, made)).toEqual([]);
  });

  it('differs with both values', () => {
    const expected = {
      delta: { '/a': 1, '/c': 2 },
      plan: [{ itemId: '1', compensation: 'redo' }],
      price: [],
      overwritten: [],
      approvals: ['two'],
      charge: 'accepted',
    };
    expect(stepDifferences(expected, made)).toEqual([
      { what: 'charge', expected: 'accepted', got: 'open' },
      { what: 'delta /a', expected: '1', got: '{"x":1,"y":2}' },
      { what: 'delta /c', expected: '2', got: 'no change' },
      { what: 'delta /b', expected: 'no change', got: 'nothing' },
      {
        what: 'plan',
        expected: '[{"itemId":"1","compensation":"redo"}]',
        got: '[{"itemId":"2","compensation":"undo"},{"itemId":"1","compensation":"redo"}]',
      },
      {
        what: 'price',
        expected: '[]',
        got: '[{"priceType":"recurring","unit":"USD","period":"month","amount":"dutyFreeAmount","value":"0.3"}]',
      },
      { what: 'overwritten', expected: 'none', got: '/a' },
      { what: 'approvals', expected: 'two', got: 'one, two' },
    ]);
  });

  it('is compared in the order that a check has read, beside what the check found itself', () => {
    const found = [{ what: 'x', expected: '1', got: '2' }];
    const seen: StepOutcome = { kind: 'asOf', state: 'held', problems: [], order: { a: 1 }, found };
    expect(stepDifferences({ state: 'held', values: { '/a': 2, '/b': null } }, seen)).toEqual([
      ...found,
      { what: '/a', expected: '2', got: '1' },
    ]);
  });
});

describe('the effective order', () => {
  const order = {
    note: [{ id: 'b' }, { id: 'a', text: null }],
    flags: ['x', 'y'],
    productOrderItem: [{ id: '1', product: { productCharacteristic: [{ name: 'demarc.floor', value: { m: 1, n: [2] } }] } }],
  };
  const view = { revision: 4, state: 'inProgress', order };

  it('is compared by keyed path, whatever the order of members and of keyed elements', () => {
    const values = {
      '/productOrderItem/1/product/productCharacteristic/demarc.floor/value': { n: [2], m: 1 },
      '/note': [{ text: null, id: 'a' }, { id: 'b' }],
      '/note/a/text': null,
      '/productOrderItem/2': null,
    };
    expect(effectiveDifferences({ revision: 4, state: 'inProgress', values }, view)).toEqual([]);
    expect(effectiveDifferences(undefined, view)).toEqual([]);
  });

  it('differs with both values', () => {
    const values = { '/flags': ['y', 'x'], '/note/b': null, '/note/c': 0 };
    expect(effectiveDifferences({ revision: 5, state: 'completed', values }, view)).toEqual([
      { what: 'revision of the effective order', expected: '5', got: '4' },
      { what: 'state of the effective order', expected: 'completed', got: 'inProgress' },
      { what: '/flags', expected: '["y","x"]', got: '["x","y"]' },
      { what: '/note/b', expected: 'nothing', got: '{"id":"b"}' },
      { what: '/note/c', expected: '0', got: 'nothing' },
    ]);
  });
});

describe('a line of revisions', () => {
  it('is gapless only from 1 to the last, each once and in order', () => {
    expect(gaplessDifferences('downstream', [1, 2, 3], 3)).toEqual([]);
    for (const line of [[1, 3], [1, 2], [1, 3, 2], [1, 2, 2, 3], [2, 3], []])
      expect(gaplessDifferences('downstream', line, 3)).toHaveLength(1);
    expect(gaplessDifferences('downstream', [1, 3], 3)).toEqual([{ what: 'revisions downstream', expected: '1 2 3', got: '1 3' }]);
  });
});
