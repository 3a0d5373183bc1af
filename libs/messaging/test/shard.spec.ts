import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shardOf, shardSuffix } from '../src/shard.js';

test.each([
  ['', 16, 5],
  ['a', 16, 12],
  ['order-1', 16, 13],
  ['0f8fad5b-d9cb-469f-a165-70867728950e', 16, 1],
  ['Zürich', 16, 0],
  ['order-1', 5, 4],
])('given the key %j and %i shards, when hashed, then the shard is %i, for ever', (key, shards, expected) => {
  expect(shardOf(key, shards)).toBe(expected);
});

test('given FNV-1a test vectors, when hashed over 2^32 shards, then the hash is theirs', () => {
  expect(shardOf('', 2 ** 32)).toBe(0x811c9dc5);
  expect(shardOf('a', 2 ** 32)).toBe(0xe40c292c);
  expect(shardOf('foobar', 2 ** 32)).toBe(0xbf9cf968);
});

test('given any key, when hashed, then the shard is a whole number from 0 below the number of shards', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 100 }), (key, shards) => {
      const shard = shardOf(key, shards);
      expect(Number.isInteger(shard) && shard >= 0 && shard < shards).toBe(true);
    }),
  );
});

test('given 16,000 order ids, when hashed to 16 shards, then no shard has a tenth more or less than its share', () => {
  const counts = new Array<number>(16).fill(0);
  for (let order = 0; order < 16_000; order++) {
    const shard = shardOf(`order-${order}`, 16);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(100);
});

test('given a shard, when named, then it has two digits', () => {
  expect([0, 7, 15, 99].map(shardSuffix)).toEqual(['00', '07', '15', '99']);
});
