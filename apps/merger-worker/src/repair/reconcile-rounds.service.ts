import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonObject } from '#order-model';
import { insertAudit } from '../audit/audit.store.js';
import type { Line } from '../merge/input-line.js';
import { putMark, takeTurn } from './marks.store.js';
import { rangesText } from './missing.js';
import { type Reconciled, ReconcileService } from './reconcile.service.js';
import { Rounds } from './rounds.js';
import { REPAIR_TIMING, type RepairTiming } from './timing.js';

/** Versions first: supplements are merged into orders. */
const LINES = ['version', 'supplement'] as const satisfies readonly Line[];
/** Replicas do not march in step: a turn is due a little early, rather than at the next time round. */
const DUE = 0.9;

/** One line of the answer to an operator. */
export type ReconcileLine =
  | ({ readonly kind: 'order' } & Reconciled)
  | { readonly kind: 'progress' | 'done' | 'stopped'; readonly heads: number; readonly found: number }
  | { readonly kind: 'failed'; readonly heads: number; readonly found: number; readonly detail: string };

/** Compares heads from time to time, in turn with the other replicas; and all of them when an operator says so. */
@Injectable()
export class ReconcileRounds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('reconciliation');
  private readonly rounds: Rounds;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(ReconcileService) private readonly heads: ReconcileService,
    @Inject(REPAIR_TIMING) private readonly timing: RepairTiming,
  ) {
    this.rounds = new Rounds(timing.reconcileMs, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.timing.reconcileMs > 0) this.rounds.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.stop();
  }

  /** What changed since the round before, of each line whose turn it is. */
  async round(): Promise<void> {
    for (const line of LINES) {
      try {
        await this.compareLine(line);
      } catch (error) {
        this.logger.warn(`heads of ${line}s could not be compared: ${(error as Error).message}`);
      }
    }
  }

  /** All of both lines. Whoever stops reading stops it; an audit line says that it began, and another how it ended. */
  async *sweep(by: string): AsyncGenerator<ReconcileLine> {
    let [heads, found] = [0, 0];
    let ended: ReconcileLine['kind'] | 'cancelled' = 'cancelled';
    await this.audit(by, 'begun', {});
    try {
      for (const line of LINES) {
        for await (const page of this.heads.compare(line, null, this.rounds.signal)) {
          heads += page.heads;
          found += page.different.length;
          for (const one of page.different) yield { kind: 'order', ...one };
          yield { kind: 'progress', heads, found };
        }
      }
      ended = this.rounds.signal.aborted ? 'stopped' : 'done';
      yield { kind: ended, heads, found };
    } catch (error) {
      ended = 'failed';
      yield { kind: ended, heads, found, detail: (error as Error).message };
    } finally {
      await this.audit(by, ended, { heads, found });
    }
  }

  private async compareLine(line: Line): Promise<void> {
    const now = this.timing.now();
    const since = await takeTurn(this.database.manager, line, now, new Date(now.getTime() - DUE * this.timing.reconcileMs));
    if (since === undefined) return;
    let mark: string | undefined;
    let failed = 0;
    for await (const { at, different } of this.heads.compare(line, since, this.rounds.signal)) {
      mark ??= at;
      for (const one of different) this.tell(one);
      failed += different.filter(({ repaired }) => !repaired).length;
    }
    // What could not be repaired is compared again: the mark waits for it.
    if (mark !== undefined && failed === 0 && !this.rounds.signal.aborted) await putMark(this.database.manager, line, mark);
  }

  private tell({ orderId, missing, repaired, problem }: Reconciled): void {
    if (repaired) this.logger.log(`order ${orderId} lacked ${rangesText(missing)}: asked for again and merged`);
    else this.logger.warn(`order ${orderId} still lacks ${rangesText(missing)}: ${problem}`);
  }

  private audit(by: string, how: string, counted: JsonObject): Promise<void> {
    const at = this.timing.now().toISOString();
    return insertAudit(this.database.manager, { at, by, action: 'effective-orders.reconcile', detail: { how, ...counted } });
  }
}
