import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instant } from '#messaging';

test('given instants in turn, near each other and the same, then each is as a Date writes it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2, max: 2 }).map((ms) => Date.UTC(2026, 0, 1) + ms)), (instants) => {
      expect(instants.map((at) => instant(at))).toEqual(instants.map((at) => new Date(at).toISOString()));
    }),
  );
});

test('given none, then it is now', () => {
  const before = Date.now();
  const said = Date.parse(instant());
  expect(said).toBeGreaterThanOrEqual(before);
  expect(said).toBeLessThanOrEqual(Date.now());
});
