import { describe, expect, test } from '@jest/globals';
import { missingOf, NOTHING, type Place, rangesText } from './missing.js';

const taken = (version: number, sequence: number) => ({ version, sequence });
const supplements = (...numbers: number[]): Place[] => numbers.map((number) => ({ line: 'supplement', number }));
const versions = (...numbers: number[]): Place[] => numbers.map((number) => ({ line: 'version', number }));

describe('what is missing', () => {
  test('given a gap in a line, is exactly that', () => {
    expect(missingOf({ taken: taken(1, 2), waiting: supplements(6, 5) })).toEqual([{ line: 'supplement', from: 3, to: 4 }]);
  });

  test('given several gaps in both lines, is each of them, versions first', () => {
    expect(missingOf({ taken: taken(2, 0), waiting: [...supplements(2, 4, 5, 9), ...versions(4)] })).toEqual([
      { line: 'version', from: 3, to: 3 },
      { line: 'supplement', from: 1, to: 1 },
      { line: 'supplement', from: 3, to: 3 },
      { line: 'supplement', from: 6, to: 8 },
    ]);
  });

  test('given nothing that waits, is nothing', () => {
    expect(missingOf({ taken: taken(3, 4), waiting: [] })).toEqual([]);
  });
});

describe('what is missing of an order whose creation has not come', () => {
  test('given supplements that wait, is version 1', () => {
    expect(missingOf({ taken: taken(0, 0), waiting: supplements(1, 2) })).toEqual([{ line: 'version', from: 1, to: 1 }]);
  });

  test('given a version that waits, is all before it', () => {
    expect(missingOf({ taken: taken(0, 0), waiting: versions(3) })).toEqual([{ line: 'version', from: 1, to: 2 }]);
  });

  test('given the head of its supplements alone, is version 1 and those', () => {
    expect(missingOf(NOTHING, { supplement: 2 })).toEqual([
      { line: 'version', from: 1, to: 1 },
      { line: 'supplement', from: 1, to: 2 },
    ]);
  });
});

describe('what is missing up to an owner’s head', () => {
  test('given a head past what was taken, is the last ones', () => {
    expect(missingOf({ taken: taken(1, 2), waiting: [] }, { supplement: 4 })).toEqual([{ line: 'supplement', from: 3, to: 4 }]);
  });

  test('given a head past what waits, is what is before and what is behind it', () => {
    expect(missingOf({ taken: taken(1, 2), waiting: supplements(4) }, { supplement: 6 })).toEqual([
      { line: 'supplement', from: 3, to: 3 },
      { line: 'supplement', from: 5, to: 6 },
    ]);
  });

  test.each([4, 3])('given the head %d where 4 were taken, is nothing', (head) => {
    expect(missingOf({ taken: taken(1, 4), waiting: [] }, { supplement: head })).toEqual([]);
  });
});

test('is told in words', () => {
  expect(
    rangesText([
      { line: 'version', from: 3, to: 3 },
      { line: 'supplement', from: 4, to: 6 },
    ]),
  ).toBe('version 3, supplements 4 to 6');
});
