interface Wait {
  readonly failures: number;
  readonly until: number;
}

/** Who is not to be asked again yet: waits that double with each failure up to a longest. Instants in milliseconds. */
export class Waits {
  private readonly waits = new Map<string, Wait>();

  /** @param remembered so many at most; who was forgotten is asked at once */
  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
    private readonly remembered = 10_000,
  ) {}

  /** A wait longer than the longest was set by a clock that was ahead: it is over. */
  mayAsk(who: string, now: number): boolean {
    const until = this.waits.get(who)?.until ?? 0;
    return until <= now || until > now + this.longestMs;
  }

  /** Whether the last thing heard of it is a failure. */
  isFailing(who: string): boolean {
    return this.waits.has(who);
  }

  failed(who: string, now: number): void {
    const failures = (this.waits.get(who)?.failures ?? 0) + 1;
    this.waits.delete(who);
    this.waits.set(who, { failures, until: now + Math.min(this.longestMs, this.firstMs * 2 ** (failures - 1)) });
    for (const oldest of this.waits.keys()) {
      if (this.waits.size <= this.remembered) break;
      this.waits.delete(oldest);
    }
  }

  succeeded(who: string): void {
    this.waits.delete(who);
  }
}
