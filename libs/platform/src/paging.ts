import { ProblemError } from './problem.js';

export interface Page {
  readonly limit: number;
  /** Key of the last item of the page before, `undefined` for the first page. */
  readonly after: string | undefined;
}

function notACursor(): ProblemError {
  return new ProblemError(400, 'invalid-query', 'after is not a cursor of this list; take it from the Link header of a page');
}

const LARGEST = 500;
const USUAL = 50;

function wholeNumber(raw: unknown, name: string, fallback: number, least: number, most: number): number {
  if (raw === undefined || raw === '') return fallback;
  const value = typeof raw === 'string' && /^\d{1,9}$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ProblemError(400, 'invalid-query', `${name} must be a whole number from ${least} to ${most}`);
}

/** `limit` and `after` of our own lists. @throws ProblemError 400 */
export function readPage(query: Readonly<Record<string, unknown>>): Page {
  const limit = wholeNumber(query.limit, 'limit', USUAL, 1, LARGEST);
  if (query.after === undefined || query.after === '') return { limit, after: undefined };
  if (typeof query.after !== 'string') throw new ProblemError(400, 'invalid-query', 'give after once');
  const after = Buffer.from(query.after, 'base64url').toString('utf8');
  if (after === '' || after.includes('\u0000') || Buffer.from(after).toString('base64url') !== query.after) throw notACursor();
  return { limit, after };
}

/** A cursor list's `after` that counts something (versions, revisions, sequences). @throws ProblemError 400 */
export function countedAfter(page: Page): number {
  if (page.after === undefined) return 0;
  if (/^\d{1,15}$/.test(page.after)) return Number(page.after);
  throw notACursor();
}

/** `offset` and `limit` of TMF lists (TMF630 §4.5). @throws ProblemError 400 */
export function readOffsetPage(query: Readonly<Record<string, unknown>>): { offset: number; limit: number } {
  return {
    offset: wholeNumber(query.offset, 'offset', 0, 0, 1_000_000),
    limit: wholeNumber(query.limit, 'limit', USUAL, 1, LARGEST),
  };
}

/**
 * The `Link: rel="next"` of a page (RFC 8288).
 * @param url path and query of the request; @param last key of the page's last item.
 */
export function nextLink(url: string, last: string): string {
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('after', Buffer.from(last).toString('base64url'));
  return `<${path}?${query}>; rel="next"`;
}

/** One page out of the `limit + 1` rows that were read, and the header that leads to the next. */
export function pageOf<T>(
  rows: readonly T[],
  page: Page,
  url: string,
  key: (row: T) => string,
): { items: readonly T[]; headers: Record<string, string> } {
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  const headers = rows.length > page.limit && last !== undefined ? { link: nextLink(url, key(last)) } : {};
  return { items, headers: headers as Record<string, string> };
}
