import { notFound, ProblemError } from '#platform';

/** Which state of an order is wanted; neither: the latest. */
export interface PointInTime {
  readonly revision?: string;
  /** RFC 3339 UTC. */
  readonly at?: string;
}

type Query = Readonly<Record<string, unknown>>;
const invalid = (detail: string): ProblemError => new ProblemError(400, 'invalid-query', detail);

/** One query parameter as its text. @throws ProblemError 400 where it is given more than once */
export function readText(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalid(`give ${name} once`);
}

/** A revision's number as it stands in a query. @throws ProblemError 400 */
export function parseRevision(raw: string, name: string): number {
  const revision = /^\d{1,9}$/.test(raw) ? Number(raw) : 0;
  if (revision === 0) throw invalid(`${name} must be a whole number, 1 or more`);
  return revision;
}

/** @throws ProblemError 404 where the order has not come to that revision */
export function assertReached(revision: number, latest: number): void {
  if (revision > latest) throw notFound(`the order is at revision ${latest}; there is no revision ${revision} yet`);
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** An instant (RFC 3339 §5.6) as it stands in a query, where a `+` that was not escaped has become a space. */
function readInstant(raw: string): string {
  const text = raw.replace(/ (\d\d:\d\d)$/, '+$1');
  const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw invalid('at must be a date and time with its offset (RFC 3339), such as 2027-03-01T12:00:00Z');
  return new Date(at).toISOString();
}

/** `revision` or `at` of a query. @throws ProblemError 400 */
export function readPointInTime(query: Query): PointInTime {
  const revision = readText(query, 'revision');
  const at = readText(query, 'at');
  if (revision !== undefined && at !== undefined) throw invalid('give either revision or at');
  return { ...(revision === undefined ? {} : { revision }), ...(at === undefined ? {} : { at: readInstant(at) }) };
}

/** Whether `include` asks for the provenance. @throws ProblemError 400 */
export function readInclude(query: Query): boolean {
  const include = readText(query, 'include');
  if (include === undefined || include === 'provenance') return include !== undefined;
  throw invalid('include may be provenance');
}
