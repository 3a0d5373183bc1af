import { type EffectiveOrder, fromDocument, type JsonObject, merge, type Outcome, type SupplementInput, toDocument } from '#order-model';
import { AT } from './arbitraries.js';

/** An order in flight with items given by id; states default to `acknowledged`. */
export function anOrder(items: Record<string, JsonObject>, attributes: JsonObject = {}): EffectiveOrder {
  const productOrderItem = Object.entries(items).map(([id, item]): JsonObject => ({ id, action: 'add', ...item }));
  return fromDocument('o', { externalId: 'PON-1', ...attributes, productOrderItem });
}

/** `order` after a supplement with these changes. */
export function supplement(order: EffectiveOrder, changes: JsonObject, given: Partial<SupplementInput> = {}): Outcome {
  return merge(order, { kind: 'supplement', id: 's', by: 'upstream', sequence: order.sequence + 1, changes, ...given }, AT);
}

export const items = (...productOrderItem: JsonObject[]): JsonObject => ({ productOrderItem });
export const codes = (outcome: Outcome): string[] => (outcome.kind === 'revised' ? [] : outcome.problems.map(({ code }) => code));
export const deltaOf = (outcome: Outcome) => (outcome.kind === 'revised' ? outcome.revision.delta : []);
export const documentAfter = (outcome: Outcome): JsonObject => toDocument(outcome.order);
