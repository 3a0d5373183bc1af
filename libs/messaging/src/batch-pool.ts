import { restBetween } from './rest.js';
import { pause } from './waiting.js';

interface Submission<T> {
  readonly items: readonly T[];
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A shard that waits for its turn. */
interface Boarding {
  /** How much it would submit now. */
  readonly size: () => number;
  readonly board: () => void;
}

/** Batches handled at once where more waits than one can hold: one is with the database while the other is made. */
const MOST_AT_ONCE = 2;

/**
 * Has what several shards have at the same time handled as one batch: a transaction costs as much for one shard's five
 * events as for forty of eight. What comes in while a batch is under way makes up the next, and a shard decides what
 * that is only when its turn has come (`turn`). The first is handled at once, the next after a rest: under load few
 * batches of many, not many of few. Where there is a whole batch and more, as after a stop, nothing needs gathering: there
 * is no rest then, and another batch, of other shards, goes beside the first. No more shards get their turn than those batches
 * have room for: what the others have stays unread, for events that wait for batches are moved by every garbage collection
 * meanwhile (half of what was alive in a merger that caught up).
 */
export class BatchPool<T> {
  readonly #waiting: Submission<T>[] = [];
  readonly #boarding = new Set<Boarding>();
  #running = 0;

  /**
   * @param most items of a batch; what one shard submits is never divided
   * @param restMs between two batches, by the items of the one before
   */
  constructor(
    private readonly handle: (items: readonly T[]) => Promise<void>,
    private readonly most: number,
    private readonly restMs = restBetween(most),
  ) {}

  /**
   * Resolves when what a shard has by then can go with the next batch, or when the signal is aborted. Without it a shard
   * would submit the first event that comes while a batch is under way, and wait with that one.
   * @param size how many items that is, asked when there is room
   */
  turn(signal: AbortSignal, size: () => number): Promise<void> {
    if (this.#running === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const board = (): void => {
        this.#boarding.delete(boarding);
        signal.removeEventListener('abort', board);
        resolve();
      };
      const boarding = { size, board };
      this.#boarding.add(boarding);
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
      if (this.#running > 0 && !this.#anotherFits()) return;
      this.#running += 1;
      setImmediate(() => void this.#run());
    });
  }

  #anotherFits(): boolean {
    return this.#running < MOST_AT_ONCE && this.#itemsWaiting() >= this.most;
  }

  #itemsWaiting(): number {
    return this.#waiting.reduce((sum, { items }) => sum + items.length, 0);
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
      // Its own next batch, and the others that may go beside it.
      this.#board((MOST_AT_ONCE - this.#running + 1) * this.most - this.#itemsWaiting());
      // So that each of these shards can submit what it has by now, and they go together again.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#running > 1 && items.length < this.most) break;
    }
    this.#running -= 1;
    // Nobody comes by any more: whoever is left in line has its turn.
    if (this.#running === 0) this.#board(Number.POSITIVE_INFINITY);
  }

  /** Gives those in line their turn, one after the other, as long as there is room. */
  #board(room: number): void {
    let left = room;
    for (const { size, board } of [...this.#boarding]) {
      if (left <= 0) return;
      left -= size();
      board();
    }
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
