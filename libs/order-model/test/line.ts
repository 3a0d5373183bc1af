import { expect } from '@jest/globals';
import {
  type Change,
  canonical,
  compileChanges,
  type EffectiveOrder,
  fromDocument,
  type Json,
  type JsonObject,
  type MergeInput,
  merge,
  type Outcome,
  usualPointOfNoReturn,
} from '#order-model';
import { AT, type Unnumbered } from './arbitraries.js';

/** The input as it stands in the line of this order; an amendment compiled against the base order, as its owner would. */
export function numbered(order: EffectiveOrder, input: Unnumbered, base = order): MergeInput {
  const of = { id: 'i', by: 'someone' };
  switch (input.kind) {
    case 'supplement':
      return { ...input, ...of, sequence: order.sequence + 1 };
    case 'progress':
      return { ...input, ...of, version: order.version + 1 };
    case 'amendment': {
      const { patch, ...said } = input;
      return { ...said, ...of, version: order.version + 1, delta: compileChanges(base, patch).changes };
    }
    default:
      return input satisfies never;
  }
}

/** The creation of an order, and its line of inputs, each with what it came to, under a policy. */
export function history(
  doc: JsonObject,
  line: readonly Unnumbered[],
  pointOfNoReturn = usualPointOfNoReturn,
): { given: MergeInput[]; outcomes: Outcome[]; order: EffectiveOrder } {
  const created = { kind: 'orderCreated', id: 'o', by: 'someone', version: 1, order: doc } as const;
  const given: MergeInput[] = [created];
  const outcomes = [merge(NOTHING, created, AT, pointOfNoReturn)];
  // What the order service knows: none of the supplements.
  let base = (outcomes[0] as Outcome).order;
  for (const input of line) {
    const { order } = outcomes.at(-1) as Outcome;
    const next = numbered(order, input, base);
    given.push(next);
    outcomes.push(merge(order, next, AT, pointOfNoReturn));
    if (next.kind !== 'supplement') base = merge(base, next, AT, pointOfNoReturn).order;
  }
  return { given, outcomes, order: (outcomes.at(-1) as Outcome).order };
}

const NOTHING: EffectiveOrder = { ...fromDocument('o', {}), revision: 0, version: 0 };

/** The deltas of the revisions made. */
export const deltas = (outcomes: readonly Outcome[]): (readonly Change[])[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'revised' ? [outcome.revision.delta] : []));

/** That two documents say the same: compared as texts, which is many times faster than member by member. */
export function expectSame(found: Json, expected: Json): void {
  const [a, b] = [canonical(found), canonical(expected)];
  if (JSON.stringify(a) !== JSON.stringify(b)) expect(a).toEqual(b);
}
