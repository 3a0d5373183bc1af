import type { Draft } from './draft.js';
import { ITEMS, type ItemNode, stateOf } from './items.js';
import { isObject, own, text } from './json.js';
import { illegalMove, unknownItem } from './problems.js';
import { itemMoveAllowed } from './states.js';
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
  if (state !== undefined && state !== from) {
    const place = [...tokens, 'state'];
    if (!itemMoveAllowed(from, state)) return [illegalMove(place, id, from, typeof state === 'string' ? state : 'no state')];
    draft.place(place, state);
  }
  if (typeof pointOfNoReturn === 'boolean' && doc['pointOfNoReturn'] !== pointOfNoReturn) {
    draft.place([...tokens, 'pointOfNoReturn'], pointOfNoReturn);
  }
  const reached = typeof milestone === 'string' ? { name: milestone } : milestone;
  if (isObject(reached)) placeMilestone(draft, tokens, reached);
  return [];
}

function placeMilestone(draft: Draft, tokens: readonly string[], milestone: JsonObject): void {
  const name = text(own(milestone, 'name'));
  if (name === undefined) return;
  const place = [...tokens, 'milestone', name];
  const there = draft.at(place);
  const same = isObject(there) && Object.keys(milestone).every((key) => there[key] === milestone[key]);
  if (!same) draft.place(place, isObject(there) ? { ...there, ...milestone } : milestone);
}
