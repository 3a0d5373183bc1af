/** A reason not to go on that whoever typed the command can put right; the message is one line. */
export class SetupError extends Error {}

/** Ctrl-C or SIGTERM while something was still going on. */
export class Interrupted extends Error {}

/** What has to be undone when the command ends, however it ends: the last done is undone first. */
export class Ending {
  /** @type {{ what: string, undo: () => unknown }[]} */
  #steps = [];
  #controller = new AbortController();

  /** Aborted by Ctrl-C and SIGTERM. */
  get signal() {
    return this.#controller.signal;
  }

  /**
   * @param {string} what for the message if it fails
   * @param {() => unknown} undo does nothing where there is nothing to undo any more
   */
  add(what, undo) {
    this.#steps.push({ what, undo });
  }

  interrupt() {
    this.#controller.abort(new Interrupted('interrupted'));
  }

  /** @returns {Promise<void>} resolves when the command is interrupted */
  interrupted() {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve();
      else this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** @returns {Promise<boolean>} whether all of it could be undone; says on stderr what could not */
  async run() {
    let clean = true;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        clean = false;
        process.stderr.write(`${step.what}: ${error instanceof Error ? error.message : error}\n`);
      }
    }
    return clean;
  }
}

/**
 * Runs a command to its end and ends the process with its status, everything undone. A `SetupError` is one line on
 * stderr and status 1.
 * @param {(ending: Ending) => Promise<number>} command gives the exit status
 * @param {{ whenInterrupted?: number }} [options] exit status after Ctrl-C or SIGTERM, 130 if not said
 */
export async function runCommand(command, { whenInterrupted = 130 } = {}) {
  const ending = new Ending();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ending.interrupt());
  // What reads our output may go first (`npm start | head`); what was started is stopped all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => ending.interrupt());
  whenParentGoes(() => ending.interrupt());
  let status = 1;
  try {
    status = await command(ending);
  } catch (error) {
    if (error instanceof Interrupted || ending.signal.aborted) status = whenInterrupted;
    else process.stderr.write(`${describe(error)}\n`);
  }
  const clean = await ending.run();
  process.exit(clean || status !== 0 ? status : 1);
}

/**
 * An npm that is killed takes nothing with it; what it ran would go on unseen.
 * @param {() => void} then
 */
function whenParentGoes(then) {
  const parent = process.ppid;
  if (process.env['npm_lifecycle_event'] === undefined) return;
  setInterval(() => void (process.ppid !== parent && then()), 1_000).unref();
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof SetupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
