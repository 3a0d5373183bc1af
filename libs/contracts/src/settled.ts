import type { ItemState, OrderState, Problem } from '#order-model';
import { counter, instant, list, object, problem, type Schema, text } from './schema.js';

/** The newest head of an order. */
export interface HeadNews {
  readonly orderId: string;
  readonly revision: number;
  readonly state: OrderState;
}
/** The newest state of an item; `addedBy` is the supplement that brought it in, where that is told of too. */
export interface ItemNews {
  readonly orderId: string;
  readonly itemId: string;
  readonly revision: number;
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
  readonly addedBy?: string;
}
/** The `requestedCompletionDate` of an order, where it has one, and the revision that set it. */
export interface DueDateNews {
  readonly orderId: string;
  readonly revision: number;
  readonly dueDate?: string;
}
/** What became of a supplement. */
export interface OutcomeNews {
  readonly id: string;
  readonly orderId: string;
  /** Of the entry in the line that came to this: a supplement may have had one before. */
  readonly sequence: number;
  readonly state: 'merged' | 'held' | 'rejected';
  /** Where it was merged. */
  readonly revision?: number;
  /** Where it was not. */
  readonly problems?: readonly Problem[];
  readonly at: string;
}
/** The revision that a version of an order made, and what of it could not apply. */
export interface VersionNews {
  readonly orderId: string;
  readonly version: number;
  readonly revision: number;
  readonly notApplied?: readonly Problem[];
}

/**
 * merger: what a batch of merges came to, as much as the owners of orders and of supplements keep of it. One event tells
 * of all orders that the batch merged: no order of its own, for whatever is told may come late and twice.
 * Items are those whose state or point of no return changed; due dates, those that were set.
 */
export interface MergeSettled {
  readonly heads: readonly HeadNews[];
  readonly items: readonly ItemNews[];
  readonly dueDates: readonly DueDateNews[];
  readonly outcomes: readonly OutcomeNews[];
  readonly versions: readonly VersionNews[];
}

const revision: Schema = { type: 'integer', minimum: 1 };
const itemId: Schema = { type: 'string' };

export const settledSchemas: Record<'merge.settled', Schema> = {
  'merge.settled': object({
    heads: list(object({ orderId: text, revision, state: text })),
    items: list(object({ orderId: text, itemId, revision, state: text, pointOfNoReturn: { type: 'boolean' } }, { addedBy: text })),
    dueDates: list(object({ orderId: text, revision }, { dueDate: { type: 'string' } })),
    outcomes: list(
      object(
        { id: text, orderId: text, sequence: revision, state: { enum: ['merged', 'held', 'rejected'] }, at: instant },
        { revision, problems: list(problem) },
      ),
    ),
    versions: list(object({ orderId: text, version: counter, revision }, { notApplied: list(problem) })),
  }),
};
