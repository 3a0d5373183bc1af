import { expect, test } from '@jest/globals';
import { eventually } from '../src/eventually.js';

test('given an assertion that comes to hold, when waited for, then its result is given as soon as it does', async () => {
  let tries = 0;
  const result = await eventually(async () => {
    expect(++tries).toBe(3);
    return 'done';
  });
  expect({ result, tries }).toEqual({ result: 'done', tries: 3 });
});

test('given an assertion that never holds, when the time is up, then its last error is thrown', async () => {
  let tries = 0;
  const failing = (): never => {
    throw new Error(`try ${++tries}`);
  };
  await expect(eventually(failing, { timeoutMs: 50 })).rejects.toThrow(/^try \d+$/);
  expect(tries).toBeGreaterThan(1);
});

test('given no time at all, when waited for, then the assertion is still tried once', async () => {
  expect(await eventually(() => 5, { timeoutMs: 0 })).toBe(5);
});
