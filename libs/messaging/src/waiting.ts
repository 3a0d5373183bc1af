/** Waits `ms` milliseconds, or less if the signal is aborted; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** The promise's outcome, or `undefined` once `ms` have passed. A later rejection is not left unhandled. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const limit = new AbortController();
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, pause(ms, limit.signal).then(() => undefined)]);
  } finally {
    limit.abort();
  }
}

/**
 * The promise's outcome, or a rejection with the signal's reason once it is aborted (and `graceMs` have passed). A later
 * rejection is not left unhandled.
 */
export function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>, graceMs = 0): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController();
    const abort = (): void => {
      if (graceMs === 0) reject(signal.reason as Error);
      else void pause(graceMs, settled.signal).then(() => reject(signal.reason as Error));
    };
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
      settled.abort();
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Growing waits: `first`, then double up to `max`, each shortened by up to a quarter so that replicas do not march in step. */
export class GrowingWait {
  #next: number;

  constructor(
    private readonly first: number,
    private readonly max: number,
  ) {
    this.#next = first;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const wait = this.#next;
    this.#next = Math.min(this.max, wait * 2);
    return wait * (0.75 + Math.random() * 0.25);
  }

  reset(): void {
    this.#next = this.first;
  }
}

/** Something one waits for and anyone can ring; a ring with nobody waiting is kept for the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, or after `ms` if given. Takes the ring. */
  async heard(ms?: number): Promise<void> {
    if (!this.#rung) {
      // No race of promises and no abort controller: it is waited for thousands of times a second.
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
