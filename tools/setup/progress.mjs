const SLOW_MS = 2_000;

/** Says what is going on: on a terminal one line that counts the seconds, elsewhere plain lines. */
export class Progress {
  /** @type {(() => void)[]} */
  #shown = [];

  /** @param {{ write(text: string): unknown, isTTY?: boolean }} [out] */
  constructor(out = process.stdout) {
    this.out = out;
  }

  /** @param {string} text */
  say(text) {
    this.out.write(`${text}\n`);
  }

  /**
   * Shows `label` while `work` goes on and, once it is done, that it is.
   * @template T
   * @param {string} label
   * @param {() => Promise<T>} work
   * @param {(result: T) => string | undefined} [done] what to say instead of the label; `undefined` for nothing
   * @returns {Promise<T>}
   */
  async step(label, work, done = () => label) {
    const began = Date.now();
    const seconds = () => ((Date.now() - began) / 1000).toFixed(0);
    const erase = this.#show(label, seconds);
    let result;
    try {
      result = await work();
    } finally {
      erase();
    }
    const text = done(result);
    if (text !== undefined) this.say(`✓ ${text}${Date.now() - began >= SLOW_MS ? ` (${seconds()} s)` : ''}`);
    return result;
  }

  /**
   * @param {string} label
   * @param {() => string} seconds
   * @returns {() => void} takes it off the screen
   */
  #show(label, seconds) {
    if (!this.out.isTTY) {
      const timer = setTimeout(() => this.say(`· ${label} …`), SLOW_MS);
      return () => clearTimeout(timer);
    }
    // A step within a step is the one to see.
    const draw = () => void (this.#shown.at(-1) === draw && this.out.write(`\r\u001b[2K· ${label} … ${seconds()} s`));
    this.#shown.push(draw);
    draw();
    const timer = setInterval(draw, 1_000);
    return () => {
      clearInterval(timer);
      this.#shown.splice(this.#shown.indexOf(draw), 1);
      this.out.write('\r\u001b[2K');
    };
  }
}
