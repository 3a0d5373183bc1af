import { performance } from 'node:perf_hooks';

/** A value to reach (`least`) or not to pass (`most`). */
export interface Target {
  readonly bound: 'least' | 'most';
  readonly value: number;
}
export const atLeast = (value: number): Target => ({ bound: 'least', value });
export const atMost = (value: number): Target => ({ bound: 'most', value });

/** One line of the table, and of `bench/results.json`. `ours` and `baseline` are medians in `unit`, `ratio` and `range` are of single rounds' ratios. */
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
  /** What the least that there can be comes to against the same baseline, in the same rounds: what this machine allows. */
  readonly bare?: number;
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

const ratios = (ours: readonly number[], baseline: readonly number[]): number[] =>
  ours.map((value, round) => value / (baseline[round] ?? Number.NaN));

/**
 * Holds measured rounds of ours against those of a baseline that took turns with it. The ratio is the median of the rounds',
 * not that of the medians: a moment in which the machine is slow falls on both of a round.
 * @param bare rounds of the least that there can be, if it took turns with them
 */
export function compare(
  name: string,
  unit: string,
  ours: readonly number[],
  baseline: readonly number[],
  target: Target,
  bare?: readonly number[],
): Result {
  const each = ratios(ours, baseline);
  const ratio = median(each);
  return {
    name,
    unit,
    ours: median(ours),
    baseline: median(baseline),
    ratio,
    range: [Math.min(...each), Math.max(...each)],
    bound: target.bound,
    target: target.value,
    pass: target.bound === 'least' ? ratio >= target.value : ratio <= target.value,
    ...(bare && { bare: median(ratios(bare, baseline)) }),
  };
}

/** Holds one measured figure against a limit that is no other program's. */
export function hold(name: string, unit: string, ours: number, limit: number): Result {
  const ratio = ours / limit;
  return { name, unit, ours, baseline: limit, ratio, range: [ratio, ratio], bound: 'most', target: 1, pass: ratio <= 1 };
}

/** Many and short ones: by chance alone the median of a second run lies outside the range of a first in one row of six with five, of 34 with nine. */
export const ROUNDS = 9;
/** Rounds of a second that do not count where all begin cold. */
export const COLD_ROUNDS = 2;

/** What was measured of each contestant: a value a round. */
export type Measured<Name extends string, Value = number> = Readonly<Record<Name, readonly Value[]>>;

/**
 * Has contestants take turns, in the other order every second round, so that whatever the machine does meanwhile falls
 * on all of them.
 * @param tick called after every turn with how much is done (0 … 1)
 * @param warmUp rounds before those, which do not count
 */
export async function takeTurns<Name extends string, Value = number>(
  contestants: Readonly<Record<Name, () => Promise<Value>>>,
  tick: (done: number) => void,
  rounds = ROUNDS,
  warmUp = 1,
): Promise<Measured<Name, Value>> {
  const names = Object.keys(contestants) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<Name, Value[]>;
  let turns = 0;
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const value = await contestants[name]();
      if (round >= warmUp) measured[name].push(value);
      turns += 1;
      tick(turns / (names.length * (warmUp + rounds)));
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
