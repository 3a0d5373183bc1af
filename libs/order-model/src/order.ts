import { DEPTH_LIMIT } from './canonical.js';
import { ITEMS, nestedItems, stateOf } from './items.js';
import { define, isObject, own, without } from './json.js';
import { priceTotals } from './price.js';
import { isItemState, isOrderState } from './states.js';
import type { EffectiveItem, EffectiveOrder, ItemState, Json, JsonObject } from './types.js';

const NOT_ATTRIBUTES = new Set([ITEMS, 'state']);

/**
 * The effective order that a whole TMF622 document says, every item loaded. Heads default to revision 1, version 1,
 * sequence 0; states that are absent become `acknowledged`; every path has the given revision as provenance. Elements
 * of `productOrderItem` without an id, or with one that came before, are passed over (`checkOrder` faults them).
 */
export function fromDocument(
  orderId: string,
  doc: JsonObject,
  heads: { readonly revision?: number; readonly version?: number; readonly sequence?: number } = {},
): EffectiveOrder {
  const revision = heads.revision ?? 1;
  const state = own(doc, 'state');
  const items = new Map<string, EffectiveItem>();
  let counts: EffectiveOrder['counts'] = {};
  for (const item of nestedItems(doc)) {
    const withStates = defaultStates(item.doc, 1);
    items.set(item.id, { id: item.id, position: items.size, doc: withStates, provenance: { '': revision } });
    counts = countMove(counts, undefined, stateOf(withStates));
  }
  const attributes = without(doc, NOT_ATTRIBUTES);
  return {
    orderId,
    revision,
    version: heads.version ?? 1,
    sequence: heads.sequence ?? 0,
    state: isOrderState(state) ? state : 'acknowledged',
    attributes,
    provenance: { '': revision },
    counts,
    totals: priceTotals({ attributes, items }),
    items,
  };
}

/** The TMF622 document of an order: its attributes, its state, and its loaded items by position. */
export function toDocument(order: EffectiveOrder): JsonObject {
  return { ...order.attributes, state: order.state, [ITEMS]: byPosition(order).map((item) => item.doc) };
}

/** The loaded items by position: the one order that does not depend on how a store gives them. */
export function byPosition({ items }: EffectiveOrder): EffectiveItem[] {
  return [...items.values()].sort((a, b) => a.position - b.position);
}

/** The counts after one item went from a state (nothing: it is new) to another; no entry is ever 0. */
export function countMove(counts: EffectiveOrder['counts'], from: ItemState | undefined, to: ItemState): EffectiveOrder['counts'] {
  if (from === to) return counts;
  const next: Partial<Record<ItemState, number>> = { ...counts };
  if (from !== undefined) {
    const left = (next[from] ?? 0) - 1;
    if (left > 0) next[from] = left;
    else delete next[from];
  }
  next[to] = (next[to] ?? 0) + 1;
  return next;
}

/** How many items the order has, loaded or not: items never leave, so this is the next free position. */
export function itemCount(order: EffectiveOrder): number {
  return Object.values(order.counts).reduce((sum, count) => sum + count, 0);
}

/** The item document with its own state and that of each item nested in it set where it is absent. */
export function defaultStates(item: JsonObject, level: number): JsonObject {
  const state = own(item, 'state');
  const base = isItemState(state) ? item : { ...item, state: 'acknowledged' };
  const list = own(base, ITEMS);
  if (!Array.isArray(list) || level > DEPTH_LIMIT) return base;
  return { ...base, [ITEMS]: list.map((nested) => (isObject(nested) ? defaultStates(nested, level + 1) : nested)) };
}

/** A new item as fulfilment takes it: `acknowledged`, and without what only fulfilment may say; nested ones too. */
export function asNewItem(item: JsonObject): JsonObject {
  const fresh: JsonObject = {};
  for (const name of Object.keys(item)) {
    if (name === 'intent' || name === 'pointOfNoReturn' || name === 'milestone') continue;
    const member = own(item, name) as Json;
    const list = name === ITEMS && Array.isArray(member);
    define(fresh, name, list ? member.map((nested) => (isObject(nested) ? asNewItem(nested) : nested)) : member);
  }
  fresh['state'] = 'acknowledged';
  return fresh;
}
