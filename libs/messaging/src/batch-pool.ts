import { pause } from './waiting.js';

interface Submission<T> {
  readonly items: readonly T[];
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Has what several shards have at the same time handled as one batch: a transaction costs as much for one shard's five
 * events as for forty of eight. One batch at a time; what comes in meanwhile makes up the next. The first is handled at
 * once, the next a moment after the one before: under load few batches of many, not many of few.
 */
export class BatchPool<T> {
  readonly #waiting: Submission<T>[] = [];
  #running = false;

  /**
   * @param most items of a batch; what one shard submits is never divided
   * @param restMs between two batches
   */
  constructor(
    private readonly handle: (items: readonly T[]) => Promise<void>,
    private readonly most: number,
    private readonly restMs = 10,
  ) {}

  /**
   * Resolves when the items were handled.
   * @param signal aborted when they are no longer to be; what is being handled goes on
   * @throws what the whole batch came to: each of its shards has to see for itself then
   */
  submit(items: readonly T[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, signal, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#next();
      try {
        if (batch.length > 0) await this.handle(batch.flatMap(({ items }) => items));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      // So that each of these shards can hand over what it has by now, and they go together again.
      await pause(this.restMs);
    }
    this.#running = false;
  }

  #next(): Submission<T>[] {
    const batch: Submission<T>[] = [];
    for (let size = 0; size < this.most; ) {
      const submission = this.#waiting.shift();
      if (submission === undefined) break;
      if (submission.signal.aborted) {
        submission.reject(submission.signal.reason);
        continue;
      }
      batch.push(submission);
      size += submission.items.length;
    }
    return batch;
  }
}
