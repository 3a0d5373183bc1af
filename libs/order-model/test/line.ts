import {
  type Change,
  compileChanges,
  type EffectiveOrder,
  fromDocument,
  type JsonObject,
  type MergeInput,
  merge,
  type Outcome,
} from '#order-model';
import { AT, type Unnumbered } from './arbitraries.js';

/** The input as it stands in the line of this order; an amendment compiled against the order itself, as its base would. */
export function numbered(order: EffectiveOrder, input: Unnumbered): MergeInput {
  const of = { id: 'i', by: 'someone' };
  switch (input.kind) {
    case 'supplement':
      return { ...input, ...of, sequence: order.sequence + 1 };
    case 'progress':
      return { ...input, ...of, version: order.version + 1 };
    case 'amendment':
      return { kind: 'amendment', ...of, version: order.version + 1, delta: compileChanges(order, input.patch).changes };
    default:
      return input satisfies never;
  }
}

/** An order created from a document and then given a line of inputs. */
export function history(doc: JsonObject, line: readonly Unnumbered[]): { outcomes: Outcome[]; order: EffectiveOrder } {
  const outcomes = [
    merge(
      { ...fromDocument('o', {}), revision: 0, version: 0 },
      { kind: 'orderCreated', id: 'o', by: 'someone', version: 1, order: doc },
      AT,
    ),
  ];
  for (const input of line) {
    const { order } = outcomes.at(-1) as Outcome;
    outcomes.push(merge(order, numbered(order, input), AT));
  }
  return { outcomes, order: (outcomes.at(-1) as Outcome).order };
}

/** The deltas of the revisions made. */
export const deltas = (outcomes: readonly Outcome[]): (readonly Change[])[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'revised' ? [outcome.revision.delta] : []));
