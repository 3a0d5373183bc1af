import { describe, expect, test } from '@jest/globals';
import { Waits } from './waits.js';

describe('who failed', () => {
  test('may be asked again after waits that double up to the longest', () => {
    const waits = new Waits(1_000, 3_000);
    expect(waits.mayAsk('a', 0)).toBe(true);
    for (const wait of [1_000, 2_000, 3_000, 3_000]) {
      waits.failed('a', 50_000);
      expect([waits.mayAsk('a', 50_000 + wait - 1), waits.mayAsk('a', 50_000 + wait)]).toEqual([false, true]);
    }
  });

  test('may be asked at once where the wait was set by a clock that was ahead', () => {
    const waits = new Waits(1_000, 3_000);
    waits.failed('a', 3_600_000);
    expect(waits.mayAsk('a', 0)).toBe(true);
  });

  test('keeps nobody else waiting', () => {
    const waits = new Waits(1_000, 3_000);
    waits.failed('a', 0);
    expect([waits.isFailing('a'), waits.isFailing('b'), waits.mayAsk('b', 0)]).toEqual([true, false, true]);
  });

  test('begins with the shortest wait again after a success', () => {
    const waits = new Waits(1_000, 60_000);
    for (let n = 0; n < 5; n += 1) waits.failed('a', 0);
    waits.succeeded('a');
    expect([waits.isFailing('a'), waits.mayAsk('a', 0)]).toEqual([false, true]);
    waits.failed('a', 0);
    expect(waits.mayAsk('a', 1_000)).toBe(true);
  });

  test('is forgotten where more fail than are remembered, the longest unheard of first', () => {
    const waits = new Waits(1_000, 60_000, 2);
    for (const who of ['a', 'b', 'a', 'c']) waits.failed(who, 0);
    expect(['a', 'b', 'c'].map((who) => waits.isFailing(who))).toEqual([true, false, true]);
  });
});
