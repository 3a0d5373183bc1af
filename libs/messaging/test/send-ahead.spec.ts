import { expect, test } from '@jest/globals';
import { SendAhead } from '../src/send-ahead.js';

const small = { messages: 10, bytes: 1_000 };
const large = { messages: 10, bytes: 1_001 };

/** One whose first message had not come before. */
function givenTrusting(): SendAhead {
  const ahead = new SendAhead(400, 1_000);
  ahead.mayTake(false);
  return ahead;
}

test('given a start or a loss, when messages come again, then they are taken one at a time', () => {
  const ahead = new SendAhead(400, 1_000);
  expect([ahead.prefetch, ahead.mayTake(true), ahead.fits(small), ahead.prefetch]).toEqual([1, true, true, 1]);
  const lost = givenTrusting();
  lost.lost();
  expect([lost.prefetch, lost.mayTake(true), lost.prefetch]).toEqual([1, true, 1]);
});

test('given a start, when a message comes that had not come before, then it is given back and the broker sends ahead', () => {
  const ahead = new SendAhead(400, 1_000);
  expect([ahead.mayTake(false), ahead.prefetch]).toEqual([false, 400]);
  expect([ahead.mayTake(false), ahead.fits(small), ahead.prefetch]).toEqual([true, true, 400]);
});

test('given no more than one to send ahead, when the first message comes, then it is taken', () => {
  const ahead = new SendAhead(1);
  expect([ahead.mayTake(false), ahead.prefetch]).toEqual([true, 1]);
});

test('given messages that are too much together, when taken, then half as many are sent, as often as it takes', () => {
  const ahead = givenTrusting();
  expect([ahead.fits(large), ahead.prefetch]).toEqual([false, 5]);
  expect([ahead.fits({ ...large, messages: 3 }), ahead.prefetch]).toEqual([false, 1]);
  expect([ahead.fits({ ...large, messages: 1 }), ahead.prefetch]).toEqual([true, 1]);
});

test('given fewer sent ahead, when a thousand have fitted since, then the broker sends as usual again', () => {
  const ahead = givenTrusting();
  ahead.fits(large);
  for (let n = 1; n < 1_000; n += 1) expect(ahead.fits(small)).toBe(true);
  expect([ahead.prefetch, ahead.fits(small), ahead.prefetch]).toEqual([5, false, 400]);
});

test('given fewer sent ahead, when the channel is lost, then one is taken at a time and then as few as before', () => {
  const ahead = givenTrusting();
  ahead.fits(large);
  ahead.lost();
  expect(ahead.prefetch).toBe(1);
  expect([ahead.mayTake(false), ahead.prefetch]).toEqual([false, 5]);
});
