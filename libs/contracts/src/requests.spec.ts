import { describe, expect, test } from '@jest/globals';
import { type ChangedHead, MOST_HEADS, pageOfHeads, readHeadsPlace } from './requests.js';

const AT = '2026-06-01T00:00:00.000Z';

describe('the place of a page of heads', () => {
  test('given none, is the beginning', () => {
    expect(readHeadsPlace({ limit: 1 })).toEqual({ changedAt: '-infinity', orderId: '' });
  });

  test('given an instant, lies two minutes before: changes are noted to the minute, when their transaction begins', () => {
    expect(readHeadsPlace({ limit: 1, changedSince: '2026-06-01T00:02:00.000Z' })).toEqual({
      changedAt: '2026-06-01T00:00:00.000Z',
      orderId: '',
    });
  });

  test('given the next of a page, is where that ended, whatever the order is called', async () => {
    const place = { changedAt: '2026-06-01T00:00:00.000Z', orderId: 'a b/ö' };
    const { next } = await pageOfHeads({ limit: 1 }, AT, async () => [{ ...place, head: 4 }]);
    expect(readHeadsPlace({ limit: 1, after: next as string, changedSince: '2027-01-01T00:00:00.000Z' })).toEqual(place);
  });

  test.each(['', 'x', '2026-06-01T00:00:00.000Z ', 'yesterday o'])('refuses %j', (after) => {
    expect(() => readHeadsPlace({ limit: 1, after })).toThrow(RangeError);
  });
});

describe('a page of heads', () => {
  const heads = (count: number): ChangedHead[] => Array.from({ length: count }, (_, n) => ({ orderId: `o${n}`, changedAt: AT, head: n }));

  test('that is full says where the next begins', async () => {
    const page = await pageOfHeads({ limit: 2 }, AT, async (limit) => heads(limit));
    expect(page).toEqual({ heads: [0, 1].map((n) => ({ orderId: `o${n}`, head: n })), at: AT, next: `${AT} o1` });
  });

  test('that is not full is the last', async () => {
    expect(await pageOfHeads({ limit: 2 }, AT, async () => heads(1))).toEqual({ heads: [{ orderId: 'o0', head: 0 }], at: AT });
  });

  test.each([
    [0, 1],
    [MOST_HEADS + 1, MOST_HEADS],
  ])('of %d heads holds %d', async (limit, size) => {
    expect((await pageOfHeads({ limit }, AT, async (asked) => heads(asked))).heads).toHaveLength(size);
  });
});
