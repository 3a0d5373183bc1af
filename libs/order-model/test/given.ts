import {
  type AmendmentInput,
  type Change,
  type EffectiveOrder,
  fromDocument,
  type JsonObject,
  merge,
  type Outcome,
  type PointOfNoReturn,
  type SupplementInput,
  toDocument,
} from '#order-model';
import { AT } from './arbitraries.js';

/** An order in flight with items given by id; states default to `acknowledged`. */
export function anOrder(items: Record<string, JsonObject>, attributes: JsonObject = {}): EffectiveOrder {
  const productOrderItem = Object.entries(items).map(([id, item]): JsonObject => ({ id, action: 'add', ...item }));
  return fromDocument('o', { externalId: 'PON-1', ...attributes, productOrderItem });
}

/** `order` after a supplement with these changes. */
export function supplement(
  order: EffectiveOrder,
  changes: JsonObject,
  given: Partial<SupplementInput> = {},
  pointOfNoReturn?: PointOfNoReturn,
): Outcome {
  const input = { kind: 'supplement' as const, id: 's', by: 'upstream', sequence: order.sequence + 1, changes, ...given };
  return merge(order, input, AT, pointOfNoReturn);
}

/** `order` after an amendment of its base with this delta. */
export function amendment(order: EffectiveOrder, delta: readonly Change[], given: Partial<AmendmentInput> = {}): Outcome {
  return merge(order, { kind: 'amendment', id: 'a', by: 'upstream', version: order.version + 1, delta, ...given }, AT);
}

export const items = (...productOrderItem: JsonObject[]): JsonObject => ({ productOrderItem });
export const codes = (outcome: Outcome): string[] => (outcome.kind === 'revised' ? [] : outcome.problems.map(({ code }) => code));
export const deltaOf = (outcome: Outcome) => (outcome.kind === 'revised' ? outcome.revision.delta : []);
export const documentAfter = (outcome: Outcome): JsonObject => toDocument(outcome.order);
