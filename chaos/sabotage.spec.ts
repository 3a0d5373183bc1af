import { expect, test } from '@jest/globals';
import { faults } from './faults/index.js';
import { replaceOnce, SABOTAGES } from './sabotage.js';

test('given code that has the place once, when replaced, then the rest stays', () => {
  expect(replaceOnce('a FOR UPDATE b', ' FOR UPDATE', '', 'here')).toBe('a b');
});

test.each([
  ['a b', 'stands there 0 times'],
  ['FOR UPDATE FOR UPDATE', 'stands there 2 times'],
  [undefined, 'there is no such file'],
])('given %j, when replaced, then it says loudly that the sabotage no longer fits', (code, message) => {
  expect(() => replaceOnce(code, 'FOR UPDATE', '', 'here')).toThrow(message);
  expect(() => replaceOnce(code, 'FOR UPDATE', '', 'here')).toThrow('no longer fits');
});

test('given every sabotage, when looked at, then it names faults that there are', () => {
  for (const { faults: names, replacements } of Object.values(SABOTAGES)) {
    expect(replacements.length).toBeGreaterThan(0);
    for (const name of names) expect(faults[name]).toBeDefined();
  }
});
