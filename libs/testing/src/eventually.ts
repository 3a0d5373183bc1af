const EVERY_MS = 20;

/**
 * Tries an assertion until it holds; the only waiting a test does.
 * @param assertion throws while it does not hold yet
 * @returns what the assertion returns @throws its last error after `timeoutMs` (5,000)
 */
export async function eventually<T>(assertion: () => T | Promise<T>, options: { readonly timeoutMs?: number } = {}): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? 5_000);
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
