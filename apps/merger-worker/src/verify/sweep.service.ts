import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JsonObject } from '#order-model';
import { insertAudit } from '../audit/audit.store.js';
import { orderIdsAfter } from './order-ids.store.js';
import { type RebuildView, VerifyService, type VerifyView } from './verify.service.js';

export type Sweep = 'verify' | 'rebuild';

const CHUNK = 100;
const PROGRESS_MS = 1_000;

/** One line of the answer. */
export type SweepLine =
  /** An order that differs, or was changed. */
  | ({ readonly kind: 'order' } & (VerifyView | RebuildView))
  | { readonly kind: 'progress'; readonly orders: number; readonly found: number; readonly last: string }
  | { readonly kind: 'done' | 'stopped'; readonly orders: number; readonly found: number }
  | { readonly kind: 'failed'; readonly orders: number; readonly found: number; readonly detail: string };

const worthTelling = (view: VerifyView | RebuildView): boolean => !view.ok || ('changed' in view && view.changed > 0);

/** Verifies or rebuilds all orders one after the other, each in a transaction of its own. */
@Injectable()
export class SweepService implements OnModuleDestroy {
  private stopping = false;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(VerifyService) private readonly orders: VerifyService,
  ) {}

  /** A service that stops does not wait for a sweep of a million orders. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Lines as they come; whoever stops reading stops the sweep. An audit line says that it began, and another how it ended. */
  async *sweep(what: Sweep, by: string): AsyncGenerator<SweepLine> {
    let [orders, found, toldAt] = [0, 0, Date.now()];
    let ended: SweepLine['kind'] | 'cancelled' = 'cancelled';
    await this.audit(what, by, 'begun', {});
    try {
      for (let chunk = await this.after(''); chunk.length > 0; chunk = await this.after(chunk.at(-1) as string)) {
        for (const orderId of chunk) {
          if (this.stopping) {
            ended = 'stopped';
            yield { kind: ended, orders, found };
            return;
          }
          const view = await this.orders[what](orderId);
          orders += 1;
          if (worthTelling(view)) {
            found += 1;
            yield { kind: 'order', ...view };
          }
          if (Date.now() - toldAt >= PROGRESS_MS) {
            toldAt = Date.now();
            yield { kind: 'progress', orders, found, last: orderId };
          }
        }
        yield { kind: 'progress', orders, found, last: chunk.at(-1) as string };
      }
      ended = 'done';
      yield { kind: ended, orders, found };
    } catch (error) {
      ended = 'failed';
      yield { kind: ended, orders, found, detail: (error as Error).message };
    } finally {
      await this.audit(what, by, ended, { orders, found });
    }
  }

  private after(orderId: string): Promise<string[]> {
    return orderIdsAfter(this.database.manager, orderId, CHUNK);
  }

  private audit(what: Sweep, by: string, how: string, counted: JsonObject): Promise<void> {
    const line = { at: new Date().toISOString(), by, action: `effective-orders.${what}`, detail: { how, ...counted } };
    return insertAudit(this.database.manager, line);
  }
}
