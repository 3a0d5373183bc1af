import { expect, test } from '@jest/globals';
import { HeldSubjects } from '../src/held-subjects.js';

const nothingInFlight = (): boolean => false;

test('given a held subject, when its wait is not over, then it is left alone; when over, it is tried again', () => {
  const held = new HeldSubjects();
  held.hold('a', 'refused', 1_000);
  expect(held.excluded(1_000, nothingInFlight)).toEqual(['a']);
  expect(held.excluded(1_101, nothingInFlight)).toEqual([]);
  expect(held.has('a')).toBe(true);
});

test('given a held subject whose wait is over, when its row is in flight, then it is left alone', () => {
  const held = new HeldSubjects();
  held.hold('a', 'refused', 0);
  expect(held.excluded(10_000, (subject) => subject === 'a')).toEqual(['a']);
});

test('given a subject refused again and again, when held, then its waits grow to 5 s and no further', () => {
  const held = new HeldSubjects();
  for (let times = 0; times < 20; times++) held.hold('a', 'refused', 0);
  expect(held.excluded(3_749, nothingInFlight)).toEqual(['a']);
  expect(held.excluded(5_001, nothingInFlight)).toEqual([]);
});

test('given a held subject, when released, then nothing is known of it and its next wait is short again', () => {
  const held = new HeldSubjects();
  for (let times = 0; times < 20; times++) held.hold('a', 'refused', 0);
  held.release('a');
  expect(held.size).toBe(0);
  held.hold('a', 'refused', 0);
  expect(held.excluded(101, nothingInFlight)).toEqual([]);
});

test('given a held subject nobody has tried for a minute, when asked, then it is forgotten', () => {
  const held = new HeldSubjects();
  held.hold('a', 'refused', 0);
  held.excluded(60_050, nothingInFlight);
  expect(held.has('a')).toBe(true);
  held.excluded(60_101, nothingInFlight);
  expect(held.has('a')).toBe(false);
});

test('given several held subjects, when asked why, then the reason of the last one is told', () => {
  const held = new HeldSubjects();
  expect(held.lastReason).toBeUndefined();
  held.hold('a', 'refused', 0);
  held.hold('b', 'unroutable', 0);
  expect(held.lastReason).toBe('unroutable');
});
