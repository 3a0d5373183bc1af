import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type SupplementView, viewOf } from '../read/supplement.view.js';
import { findSettled } from '../read/supplements.store.js';

const POLL_MS = 100;

/**
 * Callers that wait for what becomes of their supplement (`Prefer: wait`). The consumer of this process tells as soon as it is done with a batch;
 * a poll finds what another replica's consumer took.
 */
@Injectable()
export class Outcomes {
  private readonly waiting = new Map<string, Set<(view: SupplementView) => void>>();
  private looking: Promise<void> | undefined;

  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** Resolves with the settled supplement, or with `accepted` as it stands after `timeoutMs`. */
  async wait(accepted: SupplementView, timeoutMs: number): Promise<SupplementView> {
    const { id } = accepted;
    let timer: NodeJS.Timeout | undefined;
    let settle: ((view: SupplementView) => void) | undefined;
    try {
      return await new Promise<SupplementView>((resolve) => {
        settle = resolve;
        timer = setTimeout(() => resolve(accepted), timeoutMs);
        this.waiting.set(id, (this.waiting.get(id) ?? new Set()).add(resolve));
        this.looking ??= this.look();
      });
    } finally {
      clearTimeout(timer);
      const set = this.waiting.get(id);
      if (settle !== undefined) set?.delete(settle);
      if (set?.size === 0) this.waiting.delete(id);
    }
  }

  /** To be called after a commit that settled these supplements. */
  async settled(ids: readonly string[]): Promise<void> {
    const awaited = ids.filter((id) => this.waiting.has(id));
    if (awaited.length === 0) return;
    for (const supplement of await findSettled(this.database.manager, awaited)) {
      for (const resolve of this.waiting.get(supplement.id) ?? []) resolve(viewOf(supplement));
    }
  }

  private async look(): Promise<void> {
    while (this.waiting.size > 0) {
      await this.settled([...this.waiting.keys()]).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.looking = undefined;
  }
}
