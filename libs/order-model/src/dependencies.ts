import { type Draft, ownerOf } from './draft.js';
import { directReliance, ITEMS, type ItemNode, itemNodes, mayRely, stateOf } from './items.js';
import { reliesOnCancelled, reliesOnUnknown, stillReliedOn } from './problems.js';
import type { JsonObject, Problem } from './types.js';

/**
 * What the items of a changed order rely on and cannot have (domain.md, refusal `dependency`): a remaining item relies
 * on or bundles one that was cancelled with these changes, or a new reliance names an item that is not there or is cancelled.
 * @param cancelled tokens of the items that these changes cancelled, by id
 */
export function dependencyProblems(draft: Draft, cancelled: ReadonlyMap<string, readonly string[]>): Problem[] {
  return [...brokenReliance(draft, cancelled), ...newReliance(draft, cancelled)];
}

function brokenReliance(draft: Draft, cancelled: ReadonlyMap<string, readonly string[]>): Problem[] {
  if (cancelled.size === 0) return [];
  return draft.nodes().flatMap(({ id, doc }) => {
    if (stateOf(doc) === 'cancelled') return [];
    return directReliance(doc).flatMap((target) => {
      const tokens = cancelled.get(target);
      return tokens === undefined ? [] : [stillReliedOn(tokens, target, id)];
    });
  });
}

function newReliance(draft: Draft, cancelled: ReadonlyMap<string, readonly string[]>): Problem[] {
  const changed = new Set(draft.changes.flatMap(({ path }) => ownerOf(path).itemId ?? []));
  return [...changed].flatMap((id) => {
    const doc = draft.item(id);
    if (doc === undefined || !mayRely(doc)) return [];
    const before = relianceByItem(draft.order.items.get(id)?.doc, id);
    return nodesOf(doc, id).flatMap((node) => {
      if (stateOf(node.doc) === 'cancelled') return [];
      return directReliance(node.doc).flatMap((target) => {
        if (before.get(node.id)?.includes(target) || cancelled.has(target)) return [];
        const found = draft.item(target) ?? draft.nodes().find((one) => one.id === target)?.doc;
        if (found === undefined) return [reliesOnUnknown(node.tokens, node.id, target)];
        return stateOf(found) === 'cancelled' ? [reliesOnCancelled(node.tokens, node.id, target)] : [];
      });
    });
  });
}

const nodesOf = (doc: JsonObject | undefined, id: string): ItemNode[] => (doc === undefined ? [] : itemNodes(doc, [ITEMS, id]));

function relianceByItem(doc: JsonObject | undefined, id: string): Map<string, string[]> {
  return new Map(nodesOf(doc, id).map((node) => [node.id, directReliance(node.doc)]));
}
