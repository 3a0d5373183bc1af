import type { ItemState, Problem, Revision } from '#order-model';
import { change, counter, instant, list, object, path, problem, reason, type Schema, text } from './schema.js';

/** State of one item as the merger sees it: what the owners of orders and supplements keep of each order. */
export interface ItemFacts {
  readonly id: string;
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
}

/** merger: the effective order has a new revision. `items` are the states of the items that this revision touched. */
export interface EffectiveOrderRevised extends Revision {
  readonly previousRevision: number;
  readonly items: readonly ItemFacts[];
}

/** merger: what became of one supplement. */
export interface SupplementMerged {
  readonly supplementId: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly revision: number;
  readonly at: string;
}
export interface SupplementRefused {
  readonly supplementId: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly problems: readonly Problem[];
  readonly at: string;
}

/** merger: a downstream consumer works from a revision, or refuses to. `number` counts the acknowledgements of the order, as `sequence` does. */
export interface EffectiveOrderAcknowledged {
  readonly orderId: string;
  readonly number: number;
  readonly consumer: string;
  readonly revision: number;
  readonly status: 'ack' | 'nack';
  readonly reason?: string;
  /** The head at that instant. */
  readonly headRevision: number;
  readonly by: string;
  readonly at: string;
}

const totals = list(
  object(
    {
      source: { enum: ['itemPrice', 'orderTotalPrice'] },
      priceType: text,
      unit: text,
      amount: { enum: ['dutyFreeAmount', 'taxIncludedAmount'] },
      // A decimal written out: what fits into no binary number is not rounded.
      value: { type: 'string', pattern: '^-?[0-9]+([.][0-9]+)?$' },
    },
    { period: text },
  ),
);
const outcome = { supplementId: text, orderId: text, sequence: { type: 'integer', minimum: 1 }, at: instant };

export const effectiveOrderSchemas: Record<
  'effective-order.revised' | 'effective-order.acknowledged' | 'supplement.merged' | 'supplement.held' | 'supplement.rejected',
  Schema
> = {
  'effective-order.revised': object(
    {
      orderId: text,
      revision: { type: 'integer', minimum: 1 },
      previousRevision: counter,
      at: instant,
      cause: object(
        { kind: { enum: ['orderCreated', 'amendment', 'progress', 'supplement'] }, id: text, by: text },
        { version: counter, sequence: counter, reason },
      ),
      state: text,
      delta: list(change),
      plan: list(
        object({
          itemId: text,
          action: { enum: ['add', 'change', 'cancel'] },
          compensation: { enum: ['do', 'redo', 'undo', 'none'] },
          paths: list(path),
        }),
      ),
      items: list(object({ id: text, state: text, pointOfNoReturn: { type: 'boolean' } })),
    },
    {
      price: object({ before: totals, after: totals, difference: totals }),
      overwritten: list(object({ path, revision: counter }, { before: {} })),
      notApplied: list(problem),
    },
  ),
  'effective-order.acknowledged': object(
    {
      orderId: text,
      number: { type: 'integer', minimum: 1 },
      consumer: text,
      revision: { type: 'integer', minimum: 1 },
      status: { enum: ['ack', 'nack'] },
      headRevision: { type: 'integer', minimum: 1 },
      by: text,
      at: instant,
    },
    { reason: text },
  ),
  'supplement.merged': object({ ...outcome, revision: { type: 'integer', minimum: 1 } }),
  'supplement.held': object({ ...outcome, problems: list(problem) }),
  'supplement.rejected': object({ ...outcome, problems: list(problem) }),
};
