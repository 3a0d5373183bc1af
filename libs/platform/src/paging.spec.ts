import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countedAfter, nextLink, pageOf, readOffsetPage, readPage } from './paging.js';
import { ProblemError } from './problem.js';

const badQuery = expect.objectContaining({ status: 400, code: 'invalid-query' });

function refusal(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return error;
  }
  throw new Error('the query was taken');
}

/** What a caller sends who follows the link of a page. */
function followed(link: string): { path: string; query: Record<string, string> } {
  const target = /^<([^>]*)>; rel="next"$/.exec(link)?.[1] ?? '';
  const url = new URL(target, 'http://localhost');
  return { path: url.pathname, query: Object.fromEntries(url.searchParams) };
}

describe('readPage', () => {
  it('given nothing, begins with fifty', () => {
    expect(readPage({})).toEqual({ limit: 50, after: undefined });
    expect(readPage({ limit: '', after: '' })).toEqual({ limit: 50, after: undefined });
  });

  it.each(['0', '501', '-1', '1.5', '1e2', '0x10', ' 7', 'many', ['1', '2'], '99999999999'])('given limit=%j, refuses it', (limit) => {
    expect(refusal(() => readPage({ limit }))).toEqual(badQuery);
  });

  it.each(['***', 'a', '%', Buffer.from('\u0000').toString('base64url'), 'gICA', 'YQ==', ['YQ', 'YQ']])(
    'given after=%j, which is no cursor, refuses it',
    (after) => {
      expect(refusal(() => readPage({ after }))).toEqual(badQuery);
    },
  );

  it('given the link of a page, reads back the key that it was made of', () => {
    const key = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\u0000') && !/\p{Surrogate}/u.test(text));
    fc.assert(
      fc.property(key, (last) => {
        expect(readPage(followed(nextLink('/supplements', last)).query).after).toBe(last);
      }),
    );
  });
});

describe('countedAfter', () => {
  it('given no cursor, begins before the first', () => {
    expect(countedAfter(readPage({}))).toBe(0);
  });

  it('given a cursor of a counted list, counts on', () => {
    const { query } = followed(nextLink('/orders/7/versions', '41'));
    expect(countedAfter(readPage(query))).toBe(41);
  });

  it.each(['x', '-1', '1.5', '9'.repeat(16), '2026-01-01|id'])('given the cursor of another list (%s), refuses it', (last) => {
    const { query } = followed(nextLink('/supplements', last));
    expect(refusal(() => countedAfter(readPage(query)))).toBeInstanceOf(ProblemError);
  });
});

describe('readOffsetPage', () => {
  it('given nothing, begins at 0', () => {
    expect(readOffsetPage({})).toEqual({ offset: 0, limit: 50 });
  });

  it('given an offset and a limit, takes them', () => {
    expect(readOffsetPage({ offset: '100', limit: '500' })).toEqual({ offset: 100, limit: 500 });
  });

  it.each([{ offset: '-1' }, { offset: '1000001' }, { offset: 'x' }, { limit: '0' }, { offset: ['1', '2'] }])(
    'given %j, refuses it',
    (query) => {
      expect(refusal(() => readOffsetPage(query))).toEqual(badQuery);
    },
  );
});

describe('nextLink', () => {
  it('keeps the filters of the request and replaces its cursor', () => {
    const first = followed(nextLink('/supplements?state=held&category=dueDate&limit=2&after=YQ', 'b'));
    expect(first.path).toBe('/supplements');
    expect(first.query).toEqual({ state: 'held', category: 'dueDate', limit: '2', after: Buffer.from('b').toString('base64url') });
  });

  it('cannot be broken out of by what the caller sent', () => {
    const link = nextLink('/supplements?x=a>;rel="prev",<http://evil?b', 'b');
    expect(link.match(/[<>]/g)).toHaveLength(2);
  });
});

describe('pageOf', () => {
  it('given any list, its pages put together are the list, and the last has no link', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(), { maxLength: 40 }), fc.integer({ min: 1, max: 10 }), (numbers, limit) => {
        const all = numbers.sort((a, b) => a - b);
        const seen: number[] = [];
        let query: Record<string, string> | undefined = { limit: String(limit) };
        while (query !== undefined) {
          const page = readPage(query);
          const after = page.after === undefined ? -1 : countedAfter(page);
          const rows = all.filter((row) => row > after).slice(0, page.limit + 1);
          const { items, headers }: { items: readonly number[]; headers: Record<string, string> } = pageOf(
            rows,
            page,
            `/list?${new URLSearchParams(query)}`,
            String,
          );
          expect(items.length).toBeLessThanOrEqual(limit);
          seen.push(...items);
          query = headers.link === undefined ? undefined : followed(headers.link).query;
        }
        expect(seen).toEqual(all);
      }),
    );
  });
});
