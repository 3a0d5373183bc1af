import { GrowingWait } from './waiting.js';

/** A subject nobody has tried for this long after its wait was over has no rows any more. */
const FORGET_AFTER_MS = 60_000;

/** Subjects whose rows were refused or unroutable: each waits 100 ms → 5 s, then its oldest row alone is tried again. */
export class HeldSubjects {
  readonly #held = new Map<string, { until: number; waits: GrowingWait; reason: string }>();

  hold(subject: string, reason: string, now: number): void {
    const known = this.#held.get(subject);
    const waits = known?.waits ?? new GrowingWait(100, 5_000);
    this.#held.set(subject, { until: now + waits.next(), waits, reason });
  }

  release(subject: string): void {
    this.#held.delete(subject);
  }

  has(subject: string): boolean {
    return this.#held.has(subject);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Why the subject held last is held. */
  get lastReason(): string | undefined {
    return [...this.#held.values()].at(-1)?.reason;
  }

  /** Subjects to leave alone at `now`: those still waiting, and those whose one row being tried is `inFlight`. */
  excluded(now: number, inFlight: (subject: string) => boolean): string[] {
    const excluded: string[] = [];
    for (const [subject, { until }] of this.#held) {
      if (until > now || inFlight(subject)) excluded.push(subject);
      else if (until + FORGET_AFTER_MS < now) this.#held.delete(subject);
    }
    return excluded;
  }
}
