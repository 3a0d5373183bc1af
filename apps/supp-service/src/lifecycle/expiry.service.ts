import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { OutboxRelay } from '#messaging';
import { GroupCommit, SettingError, type Settled } from '#platform';
import { lockLines } from '../line.store.js';
import { findSupplements } from '../read/supplements.store.js';
import { POLICY_VOICE } from '../supplement.js';
import { decideExpiry } from './expire.js';
import { findDue, ordersOf } from './lifecycle.store.js';
import { type Step, StepService } from './step.service.js';

/** Under which Nest gives the time between two looks at what is due, milliseconds. */
export const EXPIRY_INTERVAL_MS = Symbol('ExpiryIntervalMs');

/** @throws SettingError where SUPPING_EXPIRY_INTERVAL_MS is no whole number from 50 to a day */
export function expiryInterval(env: NodeJS.ProcessEnv): number {
  const raw = env['SUPPING_EXPIRY_INTERVAL_MS'];
  if (raw === undefined || raw === '') return 5_000;
  const value = /^\d{1,9}$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= 50 && value <= 86_400_000) return value;
  throw new SettingError('SUPPING_EXPIRY_INTERVAL_MS', `${JSON.stringify(raw)} is not a whole number from 50 to 86400000`);
}

/** Supplements of one look, and so of one transaction. */
const BATCH = 100;

interface Due {
  readonly id: string;
  readonly at: string;
}

/**
 * Ends what waits when nobody answers: every replica looks, and decides again under the lock of the order's line, so
 * that two of them, or a look and an answer, never both have their way.
 */
@Injectable()
export class ExpiryService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('expiry');
  // One that PostgreSQL refuses stands alone in the end, and does not keep the others waiting.
  private readonly group = new GroupCommit<Due, boolean>((due) => this.commit(due), { largest: BATCH, inFlight: 1 });
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(StepService) private readonly steps: StepService,
    @Inject(EXPIRY_INTERVAL_MS) private readonly intervalMs: number,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  /** Ends or accepts what is due at an instant (RFC 3339 UTC), at most one batch. @returns how many supplements changed */
  async expireDue(at: string): Promise<number> {
    const ids = await findDue(this.database.manager, at, BATCH);
    const results = await Promise.allSettled(ids.map((id) => this.group.submit({ id, at })));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) this.logger.warn(`not everything due could be expired: ${failed.reason}`);
    return results.filter((result) => result.status === 'fulfilled' && result.value).length;
  }

  private schedule(): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.schedule());
    }, this.intervalMs).unref();
  }

  private async look(): Promise<void> {
    try {
      // More may be due than one batch holds.
      while (!this.stopping && (await this.expireDue(new Date().toISOString())) === BATCH);
    } catch (error) {
      this.logger.warn(`what is due could not be looked for: ${(error as Error).message}`);
    }
  }

  private async commit(due: readonly Due[]): Promise<Settled<boolean>[]> {
    const results = await this.database.transaction((tx) => this.expire(tx, due));
    this.relay.nudge();
    return results;
  }

  private async expire(tx: EntityManager, due: readonly Due[]): Promise<Settled<boolean>[]> {
    const ids = due.map(({ id }) => id);
    const lines = await lockLines(tx, [...new Set((await ordersOf(tx, ids)).values())]);
    const supplements = await findSupplements(tx, ids);
    const steps: Step[] = [];
    const results = due.map(({ id, at }): Settled<boolean> => {
      const before = supplements.get(id);
      const line = before === undefined ? undefined : lines.get(before.orderId);
      const changed = before === undefined || line === undefined ? undefined : decideExpiry(before, line, at);
      if (before === undefined || changed === undefined) return { ok: false };
      lines.set(before.orderId, changed.line);
      steps.push({ before, changed, deed: { at, by: POLICY_VOICE }, action: changed.tells ?? 'supplement.due' });
      return { ok: true };
    });
    await this.steps.save(tx, steps);
    return results;
  }
}
