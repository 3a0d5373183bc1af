import { expect, test } from '@jest/globals';
import { seeded } from './random.js';

const draws = (seed: number): unknown[] => {
  const random = seeded(seed);
  return [
    random.next(),
    random.below(100),
    random.chance(0.5),
    random.pick(['a', 'b', 'c']),
    random.shuffled([1, 2, 3, 4, 5]),
    random.uuid(),
  ];
};

test('given a seed, when drawn from it twice, then it gives the same; another seed gives other numbers', () => {
  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
});

test('given a fork, when its parent draws more or less before it, then it gives the same; other names give others', () => {
  const [early, late] = [seeded(7), seeded(7)];
  late.next();
  expect(early.fork('load').next()).toBe(late.fork('load').next());
  expect(early.fork('load').next()).not.toBe(early.fork('plan').next());
});

test('given many draws, when counted, then they are spread evenly and within bounds', () => {
  const random = seeded(1);
  const counts = [0, 0, 0, 0];
  for (let n = 0; n < 4_000; n += 1) counts[random.below(4)] = (counts[random.below(4)] ?? 0) + 1;
  for (const count of counts) expect(count).toBeGreaterThan(850);
  expect(random.shuffled([3, 1, 2]).sort()).toEqual([1, 2, 3]);
  expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(() => random.pick([])).toThrow('nothing to pick from');
});
