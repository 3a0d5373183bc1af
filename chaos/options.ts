import { FAULT_NAMES } from './faults/index.js';
import type { FaultName } from './faults/names.js';
import { SABOTAGE_NAMES, type SabotageName } from './sabotage.js';

/** What a run is asked for. */
export interface Options {
  readonly seed: number;
  /** How long faults go on; a full run makes each at least once, however long that takes. */
  readonly minutes: number;
  readonly singleNode: boolean;
  readonly only: readonly FaultName[] | undefined;
  readonly sabotage: SabotageName | undefined;
  /** Where the results are written. */
  readonly results: string;
}

/** From here on a run counts as a full one: each fault at least once. */
export const FULL_MINUTES = 10;

/** @throws Error in one line saying what is wrong */
export function readOptions(args: readonly string[], results: string, now: number): Options {
  const values = new Map<string, string>();
  const known = ['--seed', '--minutes', '--sabotage', '--only', '--results'];
  for (let at = 0; at < args.length; at += 1) {
    const name = args[at] as string;
    if (name === '--single-node') values.set(name, '');
    else if (!known.includes(name)) throw new Error(`${name} is no option; there are ${known.join(', ')} and --single-node`);
    else {
      at += 1;
      const value = args[at];
      if (value === undefined) throw new Error(`${name} needs a value`);
      values.set(name, value);
    }
  }
  const number = (name: string, fallback: number, most: number): number => {
    const value = Number(values.get(name) ?? fallback);
    if (Number.isFinite(value) && value > 0 && value <= most) return value;
    throw new Error(`${name} must be a number above 0, at most ${most}`);
  };
  const sabotage = oneOf('--sabotage', values.get('--sabotage'), SABOTAGE_NAMES);
  return {
    seed: Math.floor(number('--seed', 1 + (now % 1_000_000), 4_294_967_295)),
    minutes: number('--minutes', 12, 60),
    singleNode: values.has('--single-node'),
    only: values
      .get('--only')
      ?.split(',')
      .map((name) => oneOf('--only', name.trim(), FAULT_NAMES) as FaultName),
    sabotage,
    results: values.get('--results') ?? results,
  };
}

function oneOf<T extends string>(option: string, value: string | undefined, names: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = names.find((name) => name === value);
  if (found === undefined) throw new Error(`${option}: ${JSON.stringify(value)} is none of: ${names.join(', ')}`);
  return found;
}
