import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type HeadsRequest, ORDER_HEADS, type OwnerHead, type OwnerHeads, SUPPLEMENT_HEADS } from '#contracts';
import { NoReplyError, RabbitMqClient } from '#messaging';
import type { Line } from '../merge/input-line.js';
import { RepairMetrics } from './metrics.js';
import { missingOf, NOTHING, type Range } from './missing.js';
import { RepairService } from './repair.service.js';
import { standsOf } from './stands.store.js';
import { REPAIR_TIMING, type RepairTiming } from './timing.js';

const HEADS: Readonly<Record<Line, string>> = { version: ORDER_HEADS, supplement: SUPPLEMENT_HEADS };
const PAGE = 500;
const ASK_TIMEOUT_MS = 10_000;

/** What was found wanting of an order, and whether it is merged now. */
export interface Reconciled {
  readonly orderId: string;
  readonly missing: readonly Range[];
  readonly repaired: boolean;
  readonly problem?: string;
}
/** One page of an owner's heads, compared. */
export interface ComparedPage {
  /** The owner's clock before it read the page, RFC 3339 UTC. */
  readonly at: string;
  readonly heads: number;
  readonly different: readonly Reconciled[];
}

interface Behind {
  readonly owner: OwnerHead;
  readonly missing: readonly Range[];
}

/** Compares the owners' heads of orders with what is merged, and gets what is missing: a lost last message shows no gap. */
@Injectable()
export class ReconcileService {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(RabbitMqClient) private readonly client: RabbitMqClient,
    @Inject(RepairService) private readonly repairs: RepairService,
    @Inject(RepairMetrics) private readonly metrics: RepairMetrics,
    @Inject(REPAIR_TIMING) private readonly timing: RepairTiming,
  ) {}

  /**
   * Compares one line of all orders, or of those that changed since, page by page.
   * @throws NoReplyError while its owner is away
   */
  async *compare(line: Line, since: string | null, stop: AbortSignal): AsyncGenerator<ComparedPage> {
    let request: HeadsRequest | undefined = { limit: PAGE, ...(since === null ? {} : { changedSince: since }) };
    while (request !== undefined && !stop.aborted) {
      const { heads, next, at }: OwnerHeads = await this.client.request<OwnerHeads>(HEADS[line], request, ASK_TIMEOUT_MS);
      const different: Reconciled[] = [];
      for (const behind of await this.stillBehind(line, heads, stop)) {
        if (stop.aborted) return;
        different.push(await this.repair(line, behind));
      }
      if (stop.aborted) return;
      yield { at, heads: heads.length, different };
      request = next === undefined ? undefined : { limit: PAGE, after: next };
    }
  }

  /** What an owner has just published is on its way: only what has not come a while later is missing. */
  private async stillBehind(line: Line, heads: readonly OwnerHead[], stop: AbortSignal): Promise<Behind[]> {
    const first = await this.behind(line, heads);
    if (first.length === 0) return first;
    await this.timing.pause(this.timing.gapMs, stop);
    return this.behind(
      line,
      first.map(({ owner }) => owner),
    );
  }

  private async behind(line: Line, heads: readonly OwnerHead[]): Promise<Behind[]> {
    const stands = await standsOf(
      this.database.manager,
      heads.map(({ orderId }) => orderId),
    );
    return heads.flatMap((owner) => {
      const missing = missingOf(stands.get(owner.orderId) ?? NOTHING, { [line]: owner.head });
      return missing.length === 0 ? [] : [{ owner, missing }];
    });
  }

  private async repair(line: Line, { owner: { orderId }, missing }: Behind): Promise<Reconciled> {
    this.metrics.differencesSeen.inc({ line }, missing.length);
    try {
      for (const range of missing) await this.repairs.repair(orderId, range);
      this.metrics.differencesRepaired.inc({ line }, missing.length);
      return { orderId, missing, repaired: true };
    } catch (error) {
      this.metrics.differencesFailed.inc({ line }, missing.length);
      if (error instanceof NoReplyError) throw error;
      return { orderId, missing, repaired: false, problem: (error as Error).message };
    }
  }
}
