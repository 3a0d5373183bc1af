import { expect, test } from '@jest/globals';
import { restAfter } from '../src/rest.js';

test('given few rows, when resting, then as short as for a single one', () => {
  expect([0, 1, 10].map(restAfter)).toEqual([10, 10, 10]);
});

test('given many rows, when resting, then longer with each, up to a limit', () => {
  expect([11, 40, 70, 71, 500].map(restAfter)).toEqual([11, 40, 70, 70, 70]);
});
