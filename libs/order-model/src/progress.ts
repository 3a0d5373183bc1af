import type { Draft } from './draft.js';
import { ITEMS, type ItemNode, stateOf } from './items.js';
import { isObject } from './json.js';
import { illegalMove, unknownItem } from './problems.js';
import { isItemState, itemMoveAllowed } from './states.js';
import type { ItemProgress, JsonObject, Problem } from './types.js';

/**
 * Applies what fulfilment reports of items at any depth; a top-level item goes before a nested one of the same id.
 * @returns what cannot be: an item that is not there, a move its state machine does not have
 */
export function applyProgress(draft: Draft, items: readonly ItemProgress[]): Problem[] {
  return items.flatMap((report) => {
    const node = nodeOf(draft, report.id);
    return node === undefined ? [unknownItem([ITEMS, report.id], report.id)] : reportItem(draft, node, report);
  });
}

function nodeOf(draft: Draft, id: string): ItemNode | undefined {
  const doc = draft.item(id);
  return doc === undefined ? draft.nodes().find((node) => node.id === id) : { id, tokens: [ITEMS, id], doc };
}

function reportItem(draft: Draft, { id, tokens, doc }: ItemNode, { state, milestone, pointOfNoReturn }: ItemProgress): Problem[] {
  const from = stateOf(doc);
  if (state !== undefined && state !== from && !(isItemState(state) && itemMoveAllowed(from, state))) {
    return [illegalMove([...tokens, 'state'], id, from, typeof state === 'string' ? state : 'no state')];
  }
  if (state !== undefined && state !== from) draft.place([...tokens, 'state'], state);
  if (typeof pointOfNoReturn === 'boolean' && doc['pointOfNoReturn'] !== pointOfNoReturn) {
    draft.place([...tokens, 'pointOfNoReturn'], pointOfNoReturn);
  }
  const reached = typeof milestone === 'string' ? { name: milestone } : milestone;
  if (isObject(reached)) placeMilestone(draft, tokens, reached);
  return [];
}

function placeMilestone(draft: Draft, tokens: readonly string[], milestone: JsonObject): void {
  const name = milestone['name'];
  if (typeof name !== 'string' || name === '') return;
  const place = [...tokens, 'milestone', name];
  const there = draft.at(place);
  const same = isObject(there) && Object.keys(milestone).every((key) => there[key] === milestone[key]);
  if (!same) draft.place(place, isObject(there) ? { ...there, ...milestone } : milestone);
}
