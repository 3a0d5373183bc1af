import { expect, test } from '@jest/globals';
import { chart } from './chart.js';
import { atLeast, atMost, compare, hold, median, percentile, takeTurns } from './measure.js';

test('given rounds of two contestants, when they are compared, then the ratio is the median of the rounds, the range theirs', () => {
  const result = compare('row', 'things/s', [10, 40, 90], [5, 40, 30], atLeast(2));
  expect(result).toMatchObject({ ours: 40, baseline: 30, ratio: 2, range: [1, 3], target: 2, bound: 'least', pass: true });
  expect(result).not.toHaveProperty('bare');
});

test('given rounds of the least that there can be beside them, when they are compared, then it is told what that came to', () => {
  expect(compare('row', 'things/s', [1, 1, 1], [5, 40, 30], atLeast(2), [10, 40, 90])).toMatchObject({ pass: false, bare: 2 });
});

test.each([
  ['least', 2, 1.99, false],
  ['least', 2, 2, true],
  ['most', 2, 2, true],
  ['most', 2, 2.01, false],
] as const)('given a target of at %s %d, when the ratio is %d, then it passes: %s', (bound, target, ratio, pass) => {
  const wanted = bound === 'least' ? atLeast(target) : atMost(target);
  expect(compare('row', 'ms', [ratio], [1], wanted).pass).toBe(pass);
});

test('given a figure and its limit, when it is held against it, then it passes up to the limit', () => {
  expect(hold('memory', 'MB', 250, 250).pass).toBe(true);
  expect(hold('memory', 'MB', 251, 250).pass).toBe(false);
});

test('given values, when their middle and their percentiles are asked for, then each is one of the values', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([median(values), percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([50, 50, 99, 100]);
});

test('given contestants, when they take turns, then each goes first every second time and the first round does not count', async () => {
  const order: string[] = [];
  const turn = (name: string) => async (): Promise<number> => order.push(name);
  const measured = await takeTurns({ a: turn('a'), b: turn('b') }, () => undefined, 2);
  expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
  expect(measured).toEqual({ a: [4, 5], b: [3, 6] });
});

test('given results, when they are drawn, then each has a bar that says whether its target is met', () => {
  const met = compare('fast & durable', 'x/s', [3], [1], atLeast(2));
  const missed = compare('slow', 'ms', [3], [1], atMost(2));
  const svg = chart([met, missed]);
  expect(svg).toContain('fast &amp; durable');
  expect(svg.match(/class="met"/g)).toHaveLength(1);
  expect(svg.match(/class="missed"/g)).toHaveLength(1);
});
