/** Two ways of doing something, timed in turns so that whatever the machine does meanwhile falls on both. */
export interface Pair {
  readonly name: string;
  readonly ours: string;
  readonly baseline: string;
  /** The most that ours may cost, as a multiple of the baseline. */
  readonly target: number;
  /** Does one of each, in the order it is told; the time of each in milliseconds. */
  readonly run: (round: number) => Promise<{ readonly ours: number; readonly baseline: number }>;
}

/** What came of one pair. Times are medians, in milliseconds; the range is of the ratios of single rounds. */
export interface PairResult {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly range: readonly [lowest: number, highest: number];
  readonly target: number;
  readonly pass: boolean;
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/**
 * Runs a pair: `warmUp` rounds that do not count, then `rounds` that do.
 * @param tick called after every round, with how much of it all is done (0 … 1)
 */
export async function runPair(pair: Pair, rounds: number, warmUp: number, tick: (done: number) => void): Promise<PairResult> {
  const ours: number[] = [];
  const baseline: number[] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const took = await pair.run(round);
    if (round >= warmUp) {
      ours.push(took.ours);
      baseline.push(took.baseline);
    }
    tick((round + 1) / (warmUp + rounds));
  }
  // Five slices, so that the range says how far a shorter run would have been off.
  const slices = Array.from({ length: 5 }, (_, at) => {
    const of = (values: readonly number[]) => median(values.filter((_value, n) => n % 5 === at));
    return of(ours) / of(baseline);
  });
  const ratio = median(ours) / median(baseline);
  const range = [Math.min(...slices), Math.max(...slices)] as const;
  const { name, target } = pair;
  return { name, ours: median(ours), baseline: median(baseline), ratio, range, target, pass: ratio <= target };
}
