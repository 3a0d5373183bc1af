import {
  closed,
  fromDocument,
  type ItemState,
  type Json,
  type JsonObject,
  type MergeInput,
  merge,
  type OrderState,
  type Policy,
  toDocument,
} from '#order-model';

/** An item of the effective order as last heard of from the merger, or as fulfilment reported it here. */
export interface KnownItem {
  readonly state: ItemState;
  readonly pointOfNoReturn: boolean;
  /** The supplement that added it, where that was heard of. */
  readonly addedBy: string | null;
}

/** What order-service holds of one order when it decides on its next version. */
export interface BaseOrder {
  readonly id: string;
  readonly version: number;
  readonly document: JsonObject;
  /** Effective head as last heard of; `undefined` before the first revision was heard of. */
  readonly headState: OrderState | undefined;
  /** Items that are not of the base order, and those of it that a supplement cancelled. */
  readonly known: ReadonlyMap<string, KnownItem>;
}

/** The base items as the effective order has them: one that a supplement cancelled is cancelled here too. */
export function withCancelled(document: JsonObject, known: ReadonlyMap<string, KnownItem>): JsonObject {
  const items = document.productOrderItem;
  if (!Array.isArray(items)) return document;
  return {
    ...document,
    productOrderItem: items.map((item) => (isCancelled(item, known) ? { ...(item as JsonObject), state: 'cancelled' } : item)),
  };
}

function isCancelled(item: Json, known: ReadonlyMap<string, KnownItem>): boolean {
  const id = typeof item === 'object' && item !== null && !Array.isArray(item) ? item.id : undefined;
  return typeof id === 'string' && known.get(id)?.state === 'cancelled';
}

/** The closed state that ends all changes of this order, `undefined` while it is open. */
export function closedState(base: BaseOrder): OrderState | undefined {
  const state = base.headState ?? (base.document.state as OrderState);
  return closed(state) ? state : undefined;
}

/** The base document after an input that the base takes by the same rules as the effective order does. */
export function advance(
  document: JsonObject,
  orderId: string,
  version: number,
  input: MergeInput,
  at: string,
  { pointOfNoReturn }: Policy,
) {
  const outcome = merge(fromDocument(orderId, document, { revision: version, version }), input, at, pointOfNoReturn);
  if (outcome.kind !== 'revised') throw new Error(`a version of the base order is never ${outcome.kind}`);
  const { delta, notApplied = [] } = outcome.revision;
  return { document: toDocument(outcome.order), delta: delta.filter(({ path }) => path !== '/state'), notApplied };
}
