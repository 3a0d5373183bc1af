import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventLog } from '#messaging';
import { Rounds } from '../repair/rounds.js';
import { FEED_SETTINGS, type FeedSettings } from './settings.js';

const EVERY_MS = 60_000;
const BATCH = 2_000;

/** Deletes events that were kept for long enough; any replica does, one at a time. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('event retention');
  private readonly rounds = new Rounds(EVERY_MS, () => this.round());

  constructor(
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(FEED_SETTINGS) private readonly settings: FeedSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.stop();
  }

  /** Batch after batch until nothing is left that is old enough. */
  async round(): Promise<void> {
    try {
      while (!this.rounds.signal.aborted && (await this.log.trim(this.settings.retentionMs, BATCH)) === BATCH);
    } catch (error) {
      this.logger.warn(`old events could not be deleted: ${(error as Error).message}`);
    }
  }
}
