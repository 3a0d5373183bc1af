import { FAULT_NAMES } from './faults/index.js';
import type { FaultName } from './faults/names.js';
import type { Random } from './random.js';

/** A fault to be made; `again`: each was made before. */
export interface Planned {
  readonly name: FaultName;
  readonly again: boolean;
}

/** Each fault once in an order by the seed, or those that are wanted in theirs, and then one after the other for ever. */
export function* plan(random: Random, wanted: readonly FaultName[] | undefined): Generator<Planned> {
  for (const name of wanted ?? random.shuffled(FAULT_NAMES)) yield { name, again: false };
  for (;;) yield { name: random.pick(wanted ?? FAULT_NAMES), again: true };
}
