import type { FeedEventName } from '#contracts';
import { GrowingWait, pause } from '#messaging/wire';
import type { FeedEvent } from './event.js';
import { FeedGoneError, FeedRefusedError, readFeed } from './read-feed.js';

const WAIT_SECONDS = 20;

/** Where a follower's position is kept: durable, best beside what it makes of the events. */
export interface PositionStore {
  /** @returns the position saved last, `undefined` if none was */
  load(): number | undefined | Promise<number | undefined>;
  save(position: number): void | Promise<void>;
}

export interface FollowFeedOptions {
  /** Of merger-worker: `http://localhost:3003`. */
  readonly origin: string;
  readonly store: PositionStore;
  /** Where to begin as long as the store has no position; from the oldest that is kept if not said. */
  readonly after?: number;
  readonly types?: readonly FeedEventName[];
  /** An order id: that order's events only. */
  readonly subject?: string;
  /**
   * Takes one event, and the next only when it has resolved. Its position is saved after that, so that a crash between
   * the two hands it over again; one that stores `event.position` in the transaction of its effect (and has `store.load` read it there,
   * `store.save` do nothing but for positions that are ahead) has each exactly once. When it throws, it is given the event again.
   */
  readonly handle: (event: FeedEvent) => void | Promise<void>;
  /**
   * Some events are no longer kept: read the effective orders that you follow again. When it has resolved, the follower
   * goes on after `error.after`; without it `followFeed` throws the error.
   */
  readonly gone?: (error: FeedGoneError) => void | Promise<void>;
  /** Ends the follower, after the event in hand. */
  readonly signal: AbortSignal;
  /** Told of whatever is in the way; it is tried again, after waits that grow up to half a minute. */
  readonly onProblem?: (error: Error) => void;
}

/**
 * Hands over the events of the merger in the order of their publication, without gaps or duplicates, from where the
 * last time ended, until the signal is aborted: what was published while the follower was away first, then each as it comes.
 * @throws FeedRefusedError where the request itself is wrong · FeedGoneError without `gone`
 */
export async function followFeed(options: FollowFeedOptions): Promise<void> {
  const { store, signal, gone, onProblem } = options;
  const waits = new GrowingWait(100, 30_000);
  const cursor: Cursor = { loaded: false, after: options.after };
  while (!signal.aborted) {
    try {
      await takePage(options, cursor);
      waits.reset();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof FeedRefusedError || (error instanceof FeedGoneError && gone === undefined)) throw error;
      try {
        if (error instanceof FeedGoneError) {
          await gone?.(error);
          await store.save(error.after);
          cursor.after = error.after;
          continue;
        }
        onProblem?.(error as Error);
      } catch (failure) {
        onProblem?.(failure as Error);
      }
      await pause(waits.next(), signal);
    }
  }
}

interface Cursor {
  loaded: boolean;
  after: number | undefined;
}

async function takePage(options: FollowFeedOptions, cursor: Cursor): Promise<void> {
  const { origin, store, types, subject, handle, signal } = options;
  if (!cursor.loaded) {
    cursor.after = (await store.load()) ?? cursor.after;
    cursor.loaded = true;
  }
  const page = await readFeed(origin, { after: cursor.after, types, subject, waitSeconds: WAIT_SECONDS }, signal);
  for (const event of page.events) {
    if (signal.aborted) return;
    const position = event.position ?? 0;
    if (position <= (cursor.after ?? 0)) continue;
    await handle(event);
    await store.save(position);
    cursor.after = position;
  }
  // Past what the filter left out, so that the position does not grow older than what is kept.
  if (page.after !== cursor.after) await store.save(page.after);
  cursor.after = page.after;
}
