import { eventName, eventType, FEED_EVENTS } from '#contracts';
import type { LogBounds, LogFilter } from '#messaging';
import { ProblemError, readPage } from '#platform';
import { readText } from '../read/point-in-time.js';

type Query = Readonly<Record<string, unknown>>;

const LONGEST_WAIT_S = 30;

export interface FeedQuery {
  /** The position to go on from; `undefined`: from the oldest kept. */
  readonly after: number | undefined;
  readonly limit: number;
  readonly filter: LogFilter;
  /** How long to wait for an event where there is none. */
  readonly waitMs: number;
}

const invalid = (detail: string): ProblemError => new ProblemError(400, 'invalid-query', detail);

/** A typo in a filter would silently give everything. */
function onlyKnown(query: Query, known: readonly string[]): void {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`${unknown} is not a parameter of this path; it takes ${known.join(', ')}`);
}

function readPosition(raw: string | undefined, name: string): number | undefined {
  if (raw === undefined) return undefined;
  if (/^\d{1,15}$/.test(raw)) return Number(raw);
  throw invalid(`${name} must be the position of an event, a whole number`);
}

function readFilter(query: Query): LogFilter {
  const subject = readText(query, 'subject');
  const types = readText(query, 'type')
    ?.split(',')
    .map((said) => {
      const name = FEED_EVENTS.find((one) => one === said || one === eventName(said));
      if (name === undefined) throw invalid(`type must be some of ${FEED_EVENTS.join(', ')}, with commas between`);
      return eventType(name);
    });
  return { ...(subject === undefined ? {} : { subject }), ...(types === undefined ? {} : { types }) };
}

/** The parameters of the feed. @throws ProblemError 400 */
export function readFeedQuery(query: Query): FeedQuery {
  onlyKnown(query, ['after', 'limit', 'type', 'subject', 'wait']);
  const wait = readText(query, 'wait') ?? '0';
  const seconds = /^\d{1,3}$/.test(wait) ? Number(wait) : Number.NaN;
  if (!(seconds <= LONGEST_WAIT_S)) throw invalid(`wait must be a whole number of seconds from 0 to ${LONGEST_WAIT_S}`);
  const { limit } = readPage({ limit: query.limit });
  return { after: readPosition(readText(query, 'after'), 'after'), limit, filter: readFilter(query), waitMs: 1_000 * seconds };
}

/**
 * The parameters of a stream.
 * @param lastEventId what a browser sends when it comes back, with the URL of the first time: it counts before `after`
 * @throws ProblemError 400
 */
export function readStreamQuery(query: Query, lastEventId: string | undefined): Pick<FeedQuery, 'after' | 'filter'> {
  onlyKnown(query, ['after', 'type', 'subject']);
  const after = readPosition(readText(query, 'after'), 'after');
  return { after: readPosition(lastEventId || undefined, 'Last-Event-ID') ?? after, filter: readFilter(query) };
}

/** @throws ProblemError 410 where what follows a position is not, or not all, kept any more */
export function requireKept(after: number | undefined, { trimmed, head }: LogBounds): void {
  if (after === undefined || (after >= trimmed && after <= head)) return;
  const why =
    after < trimmed
      ? `events up to ${trimmed} are no longer kept, so that some after ${after} are missing`
      : `there is no position ${after}: the log ends at ${head} (has the database been restored?)`;
  throw new ProblemError(410, 'position-gone', `${why}; read the effective orders that you follow again, then go on with after=${head}`, {
    extra: { after: head, oldest: trimmed },
  });
}
