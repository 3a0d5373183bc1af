import { isObject, own, text } from './json.js';
import { isItemState } from './states.js';
import type { ItemState, Json, JsonObject } from './types.js';

export const ITEMS = 'productOrderItem';
const RELATIONSHIPS = 'productOrderItemRelationship';

/** One order item at any depth: `tokens` lead from the order to it. */
export interface ItemNode {
  readonly id: string;
  readonly tokens: readonly string[];
  readonly doc: JsonObject;
}

/** The state of an item document; `acknowledged` when it names none. */
export function stateOf(item: JsonObject): ItemState {
  const state = own(item, 'state');
  return isItemState(state) ? state : 'acknowledged';
}

/** The item and the items nested in it, at any depth, each before those inside it. */
export function itemNodes(item: JsonObject, tokens: readonly string[]): ItemNode[] {
  const itself: ItemNode = { id: tokens.at(-1) as string, tokens, doc: item };
  if (own(item, ITEMS) === undefined) return [itself];
  const nodes: ItemNode[] = [];
  const pending = [itself];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    nodes.push(node);
    for (const nested of nestedItems(node.doc).toReversed()) {
      pending.push({ id: nested.id, tokens: [...node.tokens, ITEMS, nested.id], doc: nested.doc });
    }
  }
  return nodes;
}

/** As `itemNodes`, for who asks neither where they are nor for the id of the item itself. */
export const itemParts = (item: JsonObject): ItemNode[] => itemNodes(item, []);

/** The items that stand directly inside a document's `productOrderItem`; what is no item there is passed over. */
export function nestedItems(doc: JsonObject): { readonly id: string; readonly doc: JsonObject }[] {
  if (own(doc, ITEMS) === undefined) return [];
  const items = new Map<string, { readonly id: string; readonly doc: JsonObject }>();
  for (const element of objectsIn(own(doc, ITEMS))) {
    const id = itemId(element);
    if (id !== undefined && !items.has(id)) items.set(id, { id, doc: element });
  }
  return [...items.values()];
}

/** The objects of a list; none where there is no list. */
export function objectsIn(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The id an element of `productOrderItem` carries, if it does. */
export function itemId(element: JsonObject): string | undefined {
  return text(own(element, 'id'));
}

/** Whether the item has relationships, or items nested in it: without either there is nothing that it could rely on. */
export const mayRely = (item: JsonObject): boolean => own(item, RELATIONSHIPS) !== undefined || own(item, ITEMS) !== undefined;

/** Ids that this one item, without those nested in it, relies on or bundles. */
export function directReliance(item: JsonObject): string[] {
  const relationships = own(item, RELATIONSHIPS);
  if (relationships === undefined) return [];
  const ids = new Set<string>();
  for (const element of objectsIn(relationships)) {
    const id = itemId(element);
    const type = text(own(element, 'relationshipType'))?.toLowerCase();
    if (id !== undefined && (type === 'relieson' || type === 'bundles')) ids.add(id);
  }
  return [...ids];
}

/**
 * Ids that this item, or an item nested in it, relies on or bundles (`reliesOn`, `bundles`, in any case of letters);
 * cancelled ones rely on nothing. For the store's index of who relies on whom: a target may be a nested item, so
 * those that rely on item X are those whose `reliedOn` names X or any of X's `containedItems`.
 */
export function reliedOn(item: JsonObject): string[] {
  if (!mayRely(item)) return [];
  const ids = new Set<string>();
  for (const { doc } of itemParts(item)) {
    if (stateOf(doc) !== 'cancelled') for (const id of directReliance(doc)) ids.add(id);
  }
  return [...ids];
}

/** Ids of the items nested in this one, at any depth: the store's index from a nested item to its top-level row. */
export function containedItems(item: JsonObject): string[] {
  const nested = itemParts(item).slice(1);
  return [...new Set(nested.map(({ id }) => id))];
}
