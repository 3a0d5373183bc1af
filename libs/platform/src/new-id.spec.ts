import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '#platform';

/** Up to the year 9999. */
const instant = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });

test('given any instant, then an id is a UUID of version 7 that says when', () => {
  fc.assert(
    fc.property(instant, (at) => {
      const id = newId(at);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at);
    }),
  );
});

test('given any two instants, then the later id is the greater', () => {
  fc.assert(
    fc.property(instant, instant, (one, other) => {
      fc.pre(one < other);
      expect(newId(one) < newId(other)).toBe(true);
    }),
  );
});

test('given instants in turn, then each id says its own', () => {
  const said = [1_000, 1_000, 2_000, 1_000].map((at) => Number.parseInt(newId(at).replaceAll('-', '').slice(0, 12), 16));
  expect(said).toEqual([1_000, 1_000, 2_000, 1_000]);
});

test('given one instant, then no two ids are alike', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => newId(0))).size).toBe(10_000);
});
