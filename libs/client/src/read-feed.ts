import type { FeedEventName } from '#contracts';
import type { CloudEvent } from '#messaging/wire';
import { type FeedEvent, feedEventOf } from './event.js';

/** Beyond the wait that was asked for. */
const ANSWER_MS = 30_000;
/** Answers that another try may change. */
const PASSING: readonly number[] = [408, 425, 429];

/** Some of what follows a position is no longer kept: read the effective orders that you follow again, then go on after `after`. */
export class FeedGoneError extends Error {
  override readonly name = 'FeedGoneError';
  constructor(
    message: string,
    readonly after: number,
  ) {
    super(message);
  }
}

/** The feed refuses the request; asking the same again will not help. */
export class FeedRefusedError extends Error {
  override readonly name = 'FeedRefusedError';
}

export interface FeedPageWanted {
  /** The position to go on from; from the oldest that is kept if not said. */
  readonly after?: number | undefined;
  readonly types?: readonly FeedEventName[] | undefined;
  /** An order id. */
  readonly subject?: string | undefined;
  readonly limit?: number;
  /** How long the answer may wait for an event where there is none, up to 30. */
  readonly waitSeconds?: number;
}

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  /** The position to go on from, also when `events` is empty. */
  readonly after: number;
  /** There is more already. */
  readonly more: boolean;
}

/**
 * One page of the merger's feed.
 * @param origin of merger-worker: `http://localhost:3003`
 * @throws FeedGoneError 410 · FeedRefusedError any other 4xx · Error where the service is away or fails
 */
export async function readFeed(origin: string, wanted: FeedPageWanted, signal?: AbortSignal): Promise<FeedPage> {
  const { after, types, subject, limit = 500, waitSeconds = 0 } = wanted;
  const url = new URL('/events', origin);
  const said = { after, type: types?.join(','), subject, limit, wait: waitSeconds === 0 ? undefined : waitSeconds };
  for (const [name, value] of Object.entries(said)) if (value !== undefined) url.searchParams.set(name, String(value));
  // A connection that has gone dead says nothing.
  const limited = AbortSignal.timeout(1_000 * waitSeconds + ANSWER_MS);
  const answer = await fetch(url, { signal: signal === undefined ? limited : AbortSignal.any([signal, limited]) });
  if (answer.status !== 200) throw failureOf(answer.status, await answer.text());
  const body = (await answer.json()) as { items: (CloudEvent & { position: number })[]; after: number };
  return { events: body.items.flatMap((item) => feedEventOf(item) ?? []), after: body.after, more: answer.headers.has('link') };
}

function failureOf(status: number, text: string): Error {
  const problem = problemOf(text);
  const message = `the feed answered ${status}: ${problem.detail ?? (text.slice(0, 200) || 'nothing')}`;
  if (status === 410 && typeof problem.after === 'number') return new FeedGoneError(message, problem.after);
  if (status >= 400 && status < 500 && !PASSING.includes(status)) return new FeedRefusedError(message);
  return new Error(message);
}

function problemOf(text: string): { readonly detail?: string; readonly after?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
