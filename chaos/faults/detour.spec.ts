import { expect, test } from '@jest/globals';
import { topicMatches } from './detour.js';

test.each([
  ['#', 'order.created.07', true],
  ['order.*.07', 'order.created.07', true],
  ['order.*.07', 'order.created.06', false],
  ['order.#', 'order', true],
  ['order.#', 'order.created.07', true],
  ['order.#', 'orders.created', false],
  ['#.07', 'order.created.07', true],
  ['effective-order.revised.07', 'effective-order.revised.07', true],
  ['effective-order.*.07', 'effective-order.07', false],
  ['*.created.*', 'order.created.07', true],
])('given the binding %s, when the key is %s, then matching is %s', (pattern, key, matches) => {
  expect(topicMatches(pattern, key)).toBe(matches);
});
