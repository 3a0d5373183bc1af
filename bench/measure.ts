import { performance } from 'node:perf_hooks';

/** A value to reach (`least`) or not to pass (`most`). */
export interface Target {
  readonly bound: 'least' | 'most';
  readonly value: number;
}
export const atLeast = (value: number): Target => ({ bound: 'least', value });
export const atMost = (value: number): Target => ({ bound: 'most', value });

/** One line of the table, and of `bench/results.json`. `ours` and `baseline` are medians in `unit`, `range` is of single rounds' ratios. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly range: readonly [lowest: number, highest: number];
  readonly bound: Target['bound'];
  readonly target: number;
  readonly pass: boolean;
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** The value below which a share (0 … 1) of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Holds measured rounds of ours against those of a baseline that took turns with it. */
export function compare(name: string, unit: string, ours: readonly number[], baseline: readonly number[], target: Target): Result {
  const ratios = ours.map((value, round) => value / (baseline[round] ?? Number.NaN));
  const ratio = median(ours) / median(baseline);
  return {
    name,
    unit,
    ours: median(ours),
    baseline: median(baseline),
    ratio,
    range: [Math.min(...ratios), Math.max(...ratios)],
    bound: target.bound,
    target: target.value,
    pass: target.bound === 'least' ? ratio >= target.value : ratio <= target.value,
  };
}

/** Holds one measured figure against a limit that is no other program's. */
export function hold(name: string, unit: string, ours: number, limit: number): Result {
  const ratio = ours / limit;
  return { name, unit, ours, baseline: limit, ratio, range: [ratio, ratio], bound: 'most', target: 1, pass: ratio <= 1 };
}

export const ROUNDS = 5;
const WARM_UP = 1;

/** What was measured of each contestant: a value a round. */
export type Measured<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Has contestants take turns, in the other order every second round, so that whatever the machine does meanwhile falls
 * on all of them. The first round is the warm-up and does not count.
 * @param tick called after every turn with how much is done (0 … 1)
 */
export async function takeTurns<Name extends string>(
  contestants: Readonly<Record<Name, () => Promise<number>>>,
  tick: (done: number) => void,
  rounds = ROUNDS,
): Promise<Measured<Name>> {
  const names = Object.keys(contestants) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  let turns = 0;
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const value = await contestants[name]();
      if (round >= WARM_UP) measured[name].push(value);
      turns += 1;
      tick(turns / (names.length * (WARM_UP + rounds)));
    }
  }
  return measured;
}

/** How long something takes, milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
