/** Does something again and again, so long after the last time, until it is stopped. */
export class Rounds {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  /** @param round must not throw; ends soon once its signal is aborted */
  constructor(
    private readonly everyMs: number,
    private readonly round: (stop: AbortSignal) => Promise<void>,
  ) {}

  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  start(): void {
    if (this.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.running = this.round(this.signal).finally(() => this.start());
    }, this.everyMs).unref();
  }

  /** Resolves when the round in hand has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }
}
