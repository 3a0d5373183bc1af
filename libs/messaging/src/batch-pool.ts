import { restAfter } from './rest.js';
import { pause } from './waiting.js';

interface Submission<T> {
  readonly items: readonly T[];
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Has what several shards have at the same time handled as one batch: a transaction costs as much for one shard's five
 * events as for forty of eight. One batch at a time; what comes in meanwhile makes up the next, and a shard decides what
 * that is only when its turn has come (`turn`). The first is handled at once, the next after a rest: under load few
 * batches of many, not many of few.
 */
export class BatchPool<T> {
  readonly #waiting: Submission<T>[] = [];
  readonly #boarding = new Set<() => void>();
  #running = false;

  /**
   * @param most items of a batch; what one shard submits is never divided
   * @param restMs between two batches, by the items of the one before: none where there is half a batch at a time, which needs no gathering
   */
  constructor(
    private readonly handle: (items: readonly T[]) => Promise<void>,
    private readonly most: number,
    private readonly restMs = (items: number): number => (items >= most / 2 ? 0 : restAfter(items)),
  ) {}

  /**
   * Resolves when what a shard has by then can go with the next batch, or when the signal is aborted. Without it a shard
   * would submit the first event that comes while a batch is under way, and wait with that one.
   */
  turn(signal: AbortSignal): Promise<void> {
    if (!this.#running || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const board = (): void => {
        this.#boarding.delete(board);
        signal.removeEventListener('abort', board);
        resolve();
      };
      this.#boarding.add(board);
      signal.addEventListener('abort', board);
    });
  }

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
      const items = batch.flatMap((submission) => submission.items);
      try {
        if (items.length > 0) await this.handle(items);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      await pause(this.restMs(items.length));
      for (const board of [...this.#boarding]) board();
      // So that each of these shards can submit what it has by now, and they go together again.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = false;
    for (const board of [...this.#boarding]) board();
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
