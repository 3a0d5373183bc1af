import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventLog, type LogPage, OutboxRelay } from '#messaging';
import { type FeedQuery, requireKept } from './feed-query.js';
import { fits, LogTail } from './log-tail.js';
import { Places } from './places.js';

/** Reads pages of what was published. */
@Injectable()
export class FeedService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private endNudges: (() => void) | undefined;

  constructor(
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(LogTail) private readonly tail: LogTail,
    @Inject(Places) private readonly places: Places,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
  ) {}

  onApplicationBootstrap(): void {
    this.endNudges = this.relay.onKept(this.tail.nudge);
  }

  onModuleDestroy(): void {
    this.endNudges?.();
    this.stopping.abort();
  }

  /** @param gone aborted when the caller has gone @throws ProblemError 410 where some of what follows `after` is no longer kept */
  async read({ after, limit, filter, waitMs }: FeedQuery, gone: AbortSignal): Promise<LogPage> {
    const page = await this.log.page(after, limit, filter);
    requireKept(after, page);
    if (page.events.length > 0 || page.more || waitMs === 0) return page;
    // With no place to wait in, the answer is that there is nothing yet.
    const leave = this.places.take();
    if (leave === undefined) return page;
    try {
      await this.news(page.next, filter, AbortSignal.any([gone, this.stopping.signal, AbortSignal.timeout(waitMs)]));
    } finally {
      leave();
    }
    const later = await this.log.page(page.next, limit, filter);
    requireKept(page.next, later);
    return later;
  }

  /** Resolves when there is an event that fits behind a position, or the signal is aborted. */
  private news(after: number, filter: FeedQuery['filter'], signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const listener = {
        take: (events: LogPage['events']): void => {
          if (events.some((event) => event.position > after && fits(event, filter))) done();
        },
      };
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.tail.leave(listener);
        resolve();
      };
      if (signal.aborted || !this.tail.join(listener, after)) return resolve();
      signal.addEventListener('abort', done);
    });
  }
}
