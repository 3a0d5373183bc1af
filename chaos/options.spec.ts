import { describe, expect, test } from '@jest/globals';
import { FAULT_NAMES } from './faults/index.js';
import { readOptions } from './options.js';
import { plan } from './plan.js';
import { seeded } from './random.js';

const read = (...args: string[]) => readOptions(args, 'results.json', 1_234_567);

test('given nothing, when read, then it is a full run on three nodes by a seed of the hour', () => {
  expect(read()).toEqual({ seed: 234_568, minutes: 12, singleNode: false, only: undefined, sabotage: undefined, results: 'results.json' });
});

test('given every option, when read, then it is as said', () => {
  const only = 'long lock,kill -9 merger-worker before ack';
  const args = ['--seed', '7', '--minutes', '0.5', '--single-node', '--sabotage', 'fence', '--only', only, '--results', 'r.json'];
  expect(read(...args)).toEqual({ seed: 7, minutes: 0.5, singleNode: true, only: only.split(','), sabotage: 'fence', results: 'r.json' });
});

test.each([
  [['--speed', '9'], '--speed is no option'],
  [['--seed'], '--seed needs a value'],
  [['--minutes', 'many'], '--minutes must be a number above 0'],
  [['--minutes', '0'], '--minutes must be a number above 0'],
  [['--only', 'long lock,flood'], '"flood" is none of'],
  [['--sabotage', 'everything'], '"everything" is none of: fence'],
])('given %j, when read, then it says what is wrong', (args, message) => {
  expect(() => read(...args)).toThrow(message);
});

describe('plan', () => {
  const first = (count: number, seed: number, wanted?: Parameters<typeof plan>[1]) => {
    const planned = plan(seeded(seed), wanted);
    return Array.from({ length: count }, () => planned.next().value);
  };

  test('given a seed, when planned, then each fault comes once before any comes again', () => {
    const once = first(FAULT_NAMES.length, 3);
    expect(once.map((one) => one?.name).sort()).toEqual([...FAULT_NAMES].sort());
    expect(once.every((one) => one?.again === false)).toBe(true);
    expect(first(FAULT_NAMES.length + 1, 3).at(-1)?.again).toBe(true);
    expect(once).not.toEqual(first(FAULT_NAMES.length, 4));
    expect(once).toEqual(first(FAULT_NAMES.length, 3));
  });

  test('given faults by name, when planned, then they come in the order given', () => {
    expect(first(2, 3, ['long lock', 'deadlock']).map((one) => one?.name)).toEqual(['long lock', 'deadlock']);
  });
});
