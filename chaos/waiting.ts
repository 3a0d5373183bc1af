/** What was to come did not, in the time it was given. */
export class TooLateError extends Error {
  override readonly name = 'TooLateError';
}

/** Waits; rejects when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Asks again and again until there is an answer.
 * @param ask gives nothing, or throws, while there is none yet
 * @throws TooLateError with what was waited for and the last error
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  signal: AbortSignal,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  everyMs = 100,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = ` (${(error as Error).message})`;
    }
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new TooLateError(`${what}: not within ${timeoutMs / 1000} s${last}`);
    await pause(everyMs, signal);
  }
}
