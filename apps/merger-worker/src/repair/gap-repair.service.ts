import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NoReplyError } from '#messaging';
import { RepairMetrics } from './metrics.js';
import { missingOf, NOTHING, type Range, rangesText } from './missing.js';
import { OWNERS, RepairService } from './repair.service.js';
import { Rounds } from './rounds.js';
import { gapsAfter, standsOf } from './stands.store.js';
import { REPAIR_TIMING, type RepairTiming } from './timing.js';
import { Waits } from './waits.js';

/** Orders of one round: the rest has its turn in the next. */
const MOST_ORDERS = 100;
const LONGEST_WAIT_MS = 300_000;
const [SHORTEST_LOOK_MS, LONGEST_LOOK_MS] = [200, 2_000];

/**
 * Asks the owners for what inputs have waited for too long. Every replica does: two that repair the same gap at once
 * merge it once.
 */
@Injectable()
export class GapRepairService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('gap repair');
  private readonly rounds: Rounds;
  private readonly waits: Waits;
  /** Where the next round begins, so that orders that cannot be repaired keep no others from it. */
  private after = '';

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(RepairService) private readonly repairs: RepairService,
    @Inject(RepairMetrics) private readonly metrics: RepairMetrics,
    @Inject(REPAIR_TIMING) private readonly timing: RepairTiming,
  ) {
    const everyMs = Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, timing.gapMs / 5));
    this.rounds = new Rounds(everyMs, () => this.look());
    this.waits = new Waits(timing.gapMs, LONGEST_WAIT_MS);
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.stop();
  }

  /** Repairs the gaps that are due of the next orders that have any. @returns how many ranges were repaired */
  async repairDue(): Promise<number> {
    const now = this.timing.now().getTime();
    const gaps = await gapsAfter(this.database.manager, this.after, MOST_ORDERS);
    this.after = gaps.length < MOST_ORDERS ? '' : (gaps.at(-1)?.orderId ?? '');
    // One that begins well after now began by another clock, or by this one before it was set back: its age is not known.
    const isOld = (since: Date): boolean => Math.abs(now - since.getTime()) >= this.timing.gapMs;
    const due = gaps.filter(({ orderId, since }) => isOld(since) && this.waits.mayAsk(orderId, now));
    if (due.length === 0) return 0;
    const ids = due.map(({ orderId }) => orderId);
    const stands = await standsOf(this.database.manager, ids);
    let repaired = 0;
    for (const orderId of ids) {
      if (this.rounds.signal.aborted) break;
      repaired += await this.repairOrder(orderId, missingOf(stands.get(orderId) ?? NOTHING));
    }
    return repaired;
  }

  private async repairOrder(orderId: string, missing: readonly Range[]): Promise<number> {
    const done: Range[] = [];
    const isNew = !this.waits.isFailing(orderId);
    for (const range of missing) {
      const owner = OWNERS[range.line].name;
      // An owner that is away is not asked for each order; its answer to one is news of all.
      if (!this.waits.mayAsk(owner, this.timing.now().getTime())) continue;
      if (isNew) this.metrics.gapsSeen.inc({ line: range.line });
      try {
        await this.repairs.repair(orderId, range);
        this.waits.succeeded(owner);
        this.metrics.gapsRepaired.inc({ line: range.line });
        done.push(range);
      } catch (error) {
        this.metrics.gapsFailed.inc({ line: range.line });
        const now = this.timing.now().getTime();
        this.waits.failed(orderId, now);
        if (error instanceof NoReplyError) this.waits.failed(owner, now);
        this.logger.warn(`order ${orderId} still lacks ${rangesText([range])}: ${(error as Error).message}`);
      }
    }
    if (done.length === missing.length) this.waits.succeeded(orderId);
    if (done.length > 0) this.logger.log(`order ${orderId} lacked ${rangesText(done)}: asked for again and merged`);
    return done.length;
  }

  private async look(): Promise<void> {
    try {
      await this.repairDue();
    } catch (error) {
      this.logger.warn(`gaps could not be looked for: ${(error as Error).message}`);
    }
  }
}
