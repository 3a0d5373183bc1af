/** Something did not happen in time; the message says what was waited for. */
export class WaitedTooLongError extends Error {
  constructor(what: string, milliseconds: number) {
    super(`waited ${Math.round(milliseconds / 1000)} s for ${what}`);
    this.name = 'WaitedTooLongError';
  }
}

/** Told what is being waited for, and `undefined` when that is over. */
export type OnWait = (what: string | undefined) => void;

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** Bounded waiting that says what it waits for. */
export class Patience {
  constructor(
    private readonly limitMs: number,
    private readonly onWait: OnWait,
  ) {}

  /**
   * Asks again and again, with growing pauses, until `probe` gives something.
   * @param probe gives `undefined` while it has not happened
   * @throws WaitedTooLongError when the limit has passed
   */
  async until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
    const deadline = Date.now() + this.limitMs;
    this.onWait(what);
    try {
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
        const found = await probe();
        if (found !== undefined) return found;
        if (Date.now() >= deadline) throw new WaitedTooLongError(what, this.limitMs);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    } finally {
      this.onWait(undefined);
    }
  }
}
