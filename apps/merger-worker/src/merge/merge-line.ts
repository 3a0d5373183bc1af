import { type EffectiveOrder, type MergeInput, merge, type Outcome, type PointOfNoReturn } from '#order-model';

export interface MergedInput {
  readonly input: MergeInput;
  readonly outcome: Outcome;
  /** Place among all inputs that the order has taken, from 1. */
  readonly ordinal: number;
}

/** Merges inputs of one order one after the other; what the merger, its preview and a replay have in common. */
export function mergeLine(
  before: EffectiveOrder,
  inputs: readonly MergeInput[],
  at: string,
  pointOfNoReturn: PointOfNoReturn,
): { readonly order: EffectiveOrder; readonly steps: readonly MergedInput[] } {
  let order = before;
  const steps = inputs.map((input) => {
    const outcome = merge(order, input, at, pointOfNoReturn);
    order = outcome.order;
    return { input, outcome, ordinal: order.version + order.sequence };
  });
  return { order, steps };
}
