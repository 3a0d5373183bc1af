import { expect } from '@jest/globals';

/** How often a property is tried, and from which seed. */
export interface Runs {
  readonly numRuns: number;
  readonly seed: number;
  /** Gives the failing case as it is found. */
  readonly endOnFailure: boolean;
}

/**
 * So many cases of the property whose test is running, from a seed of its own, which it prints: given as FC_SEED it tries
 * the same cases again. FC_RUNS makes them fewer
 * and leaves the failing one as large as it came: mutation testing tries every property anew for each mutant.
 */
export function runs(numRuns = 1_000): Runs {
  const { FC_SEED, FC_RUNS } = process.env;
  const seed = FC_SEED === undefined ? Math.floor(Math.random() * 0x7fff_ffff) : Number(FC_SEED);
  const { currentTestName } = expect.getState();
  if (FC_RUNS === undefined) process.stderr.write(`FC_SEED=${seed}  ${currentTestName}\n`);
  return { numRuns: Math.min(numRuns, Number(FC_RUNS ?? numRuns)), seed, endOnFailure: FC_RUNS !== undefined };
}
