import { expect } from '@jest/globals';

/** So many cases of the property whose test is running, from a seed of its own, printed: given as FC_SEED it tries the same again. */
export function runs(numRuns = 1_000): { readonly numRuns: number; readonly seed: number } {
  const seed = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 0x7fff_ffff));
  process.stderr.write(`FC_SEED=${seed}  ${expect.getState().currentTestName}\n`);
  return { numRuns, seed };
}
