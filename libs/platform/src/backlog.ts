import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OutboxRelay, type OutboxStatus } from '#messaging';

/** Under which Nest gives `BacklogOptions`. */
export const BACKLOG_OPTIONS = Symbol('BacklogOptions');

export interface BacklogOptions {
  /** Events waiting from which no more are taken. */
  readonly limit: number;
  /** Between two looks, milliseconds; a second if not said. */
  readonly everyMs?: number;
}

/**
 * Looks at the outbox every second, so that no request has to. Whatever keeps events from going out (an alarm of the
 * broker, a broker that is away, a subscriber that is missing) makes it grow; how long it is tells when that is too much.
 */
@Injectable()
export class Backlog implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private stopped = false;
  private seen: OutboxStatus | undefined;

  constructor(
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(BACKLOG_OPTIONS) private readonly options: BacklogOptions,
  ) {}

  /** As last seen; `undefined` before the first look. `rows` counts no further than the limit. */
  get status(): OutboxStatus | undefined {
    return this.seen;
  }

  /** Nothing more may be put into the outbox for now. */
  get isFull(): boolean {
    return (this.seen?.rows ?? 0) >= this.options.limit;
  }

  onApplicationBootstrap(): void {
    this.look();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private look(): void {
    const began = performance.now();
    this.looking = this.relay
      .status(this.options.limit)
      .then(
        (status) => {
          this.seen = status;
        },
        // PostgreSQL is away: requests learn of it themselves, and what was seen last stands.
        () => undefined,
      )
      .then(() => {
        const { everyMs = 1_000 } = this.options;
        // A look that took long (a long outbox, a slow server) is not taken as often.
        const wait = Math.min(Math.max(everyMs, 4 * (performance.now() - began)), 5 * everyMs);
        if (!this.stopped) this.timer = setTimeout(() => this.look(), wait);
      });
  }
}
