import { expect, test } from '@jest/globals';
import { restAfter, restBetween } from '../src/rest.js';

test('given few rows, when resting, then as short as for a single one', () => {
  expect([0, 1, 10].map(restAfter)).toEqual([10, 10, 10]);
});

test('given many rows, when resting, then longer with each, up to a limit', () => {
  expect([11, 40, 70, 71, 500].map(restAfter)).toEqual([11, 40, 70, 70, 70]);
});

test('given a batch that was not full, then the rest is as long as what is least, or longer where there was much', () => {
  expect([1, 49, 99].map(restBetween(100, 50))).toEqual([50, 50, 70]);
  expect([1, 49].map(restBetween(100))).toEqual([10, 49]);
});

test('given a full batch, then there is no rest', () => {
  expect([100, 101].map(restBetween(100, 50))).toEqual([0, 0]);
});
