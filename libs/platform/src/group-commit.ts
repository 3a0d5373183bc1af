import { isOutage, isRetryable } from './outage.js';
import { unavailable } from './problem.js';

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupOptions {
  /** Most requests that share one transaction. */
  readonly largest?: number;
  /** Transactions under way at once, at most; the requests that arrive meanwhile make up the next. */
  readonly inFlight?: number;
  /** Requests that must wait for another transaction to go beside one under way before they have waited `PATIENCE_MS`. */
  readonly beside?: number;
  /** Milliseconds that a transaction's place stays taken after it, by the requests it held and how long it took: the next finds more then. */
  readonly restMs?: (requests: number, tookMs: number) => number;
  /** Requests waiting beyond which new ones are turned away with a 503. */
  readonly queueLimit?: number;
}

/** What one request of a group came to: its result, or the error that its caller is told. */
export type Settled<R> = { readonly ok: R } | { readonly error: Error };

const ATTEMPTS = 4;
/** A transaction that takes longer is held up by somebody's lock, which is no reason for others to wait. */
const PATIENCE_MS = 50;

/**
 * For a door: groups of a few go on at once; after one of many there will be more. No longer than a quarter of what the transaction took:
 * a machine that is done with 60 requests in 5 ms has its callers wait for the rest, and their next requests with them.
 */
export function restAfterMany(requests: number, tookMs: number): number {
  return requests < 8 ? 0 : Math.min(12, requests / 3, tookMs / 4);
}

function settle<T, R>(group: readonly Waiting<T, R>[], results: readonly Settled<R>[]): void {
  group.forEach(({ resolve, reject }, index) => {
    const result = results[index];
    if (result === undefined) reject(new Error('the group gave no result for this request'));
    else if ('error' in result) reject(result.error);
    else resolve(result.ok);
  });
}

/**
 * Group commit: the requests of the same few milliseconds share one transaction (measured: 950 requests/s one by one,
 * 8,100/s grouped). A group is what came in while the one before it was under way; another goes beside that when enough
 * wait to be worth a transaction (one for each few that come meanwhile costs the door a twentieth of its CPU). A group that fails is
 * halved until what PostgreSQL refuses stands alone, so that it takes nobody with it: of 200, one bad request costs 15
 * transactions. Readers may share a statement in the same way. First come, first served: of one order's thousand requests none is taken before what came earlier, so
 * that whoever comes next waits for those in front of it, at most `queueLimit`. An outage fails all that is left of the group at once.
 */
export class GroupCommit<T, R> {
  private static inAll = 0;
  private readonly waiting: Waiting<T, R>[] = [];
  private underWay = 0;
  private readonly largest: number;
  private readonly inFlight: number;
  private readonly beside: number;
  private patience: NodeJS.Timeout | undefined;
  private readonly queueLimit: number;
  private readonly restMs: (requests: number, tookMs: number) => number;

  /** @param run commits one group; gives one result per item, in the items' order. */
  constructor(
    private readonly run: (items: readonly T[]) => Promise<readonly Settled<R>[]>,
    options: GroupOptions = {},
  ) {
    this.largest = options.largest ?? 200;
    this.inFlight = options.inFlight ?? 2;
    this.beside = Math.min(options.beside ?? 32, this.largest);
    this.queueLimit = options.queueLimit ?? 10_000;
    this.restMs = options.restMs ?? (() => 0);
  }

  /** Requests that wait for a transaction, in all groups of the process. */
  static get waiting(): number {
    return GroupCommit.inAll;
  }

  /** Resolves once the group of this item is committed. @throws what the item came to, or 503 when too many wait. */
  submit(item: T): Promise<R> {
    if (this.waiting.length >= this.queueLimit) {
      return Promise.reject(unavailable('too many requests wait for the database; try again'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      GroupCommit.inAll += 1;
      // After the I/O of this turn, so that requests read from several sockets at once make one group. As many as are worth a
      // transaction do not wait for that: PostgreSQL has them while the others are read.
      if (this.waiting.length === this.beside) queueMicrotask(() => this.next());
      else if (this.waiting.length === 1) setImmediate(() => this.next());
    });
  }

  /** @param worth requests that a transaction beside others must have at least */
  private next(worth = this.beside): void {
    while (this.underWay < this.inFlight && this.waiting.length >= (this.underWay === 0 ? 1 : worth)) {
      const group = this.waiting.splice(0, this.largest);
      GroupCommit.inAll -= group.length;
      this.underWay += 1;
      const began = performance.now();
      void this.commit(group).then(() => this.rest(this.restMs(group.length, performance.now() - began)));
    }
    clearTimeout(this.patience);
    if (this.waiting.length > 0 && this.underWay < this.inFlight) this.patience = setTimeout(() => this.next(1), PATIENCE_MS);
  }

  private rest(ms: number): void {
    if (ms > 0) {
      setTimeout(() => this.rest(0), ms);
      return;
    }
    this.underWay -= 1;
    this.next();
  }

  private async commit(group: readonly Waiting<T, R>[]): Promise<void> {
    const parts = [group];
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      try {
        settle(part, await this.attempt(part.map(({ item }) => item)));
      } catch (error) {
        if (isOutage(error)) {
          for (const { reject } of [part, ...parts.splice(0)].flat()) reject(error);
        } else if (part.length === 1) {
          for (const { reject } of part) reject(error);
        } else {
          const half = part.length >> 1;
          parts.unshift(part.slice(0, half), part.slice(half));
        }
      }
    }
  }

  private async attempt(items: readonly T[]): Promise<readonly Settled<R>[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.run(items);
      } catch (error) {
        if (attempt >= ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  }
}
