import { sameValue } from './canonical.js';
import { dependencyProblems } from './dependencies.js';
import { type Draft, openDraft } from './draft.js';
import { ITEMS, itemId, itemNodes, stateOf } from './items.js';
import { isObject, own, sortedNames, without } from './json.js';
import { asNewItem, byPosition } from './order.js';
import { PATCH_MARKER, patchChanges, withoutMarkers } from './patch.js';
import { parsePath } from './paths.js';
import { isAlwaysOpen, isClosed, type PointOfNoReturn, startsWith, usualPointOfNoReturn } from './point-of-no-return.js';
import * as problems from './problems.js';
import { itemMoveAllowed } from './states.js';
import type { Change, EffectiveOrder, Json, JsonObject, Problem } from './types.js';

/** What a partial order comes to: changes with before and after, or why it cannot be applied. */
export interface Compiled {
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
}

type Tokens = readonly string[];

/** What the system assigns of the order, and what only fulfilment says of an item (domain.md, refusal `not-amendable`). */
export const ASSIGNED_TO_ORDER: ReadonlySet<string> = new Set(['id', 'href', 'orderDate', 'state', 'version']);
export const ASSIGNED_TO_ITEM: ReadonlySet<string> = new Set(['id', 'state', 'pointOfNoReturn', 'milestone']);
const NOT_ATTRIBUTES = ['intent', PATCH_MARKER, ITEMS];

/** What the patch of an order or item may not set, and what of it is not amended as an attribute. */
interface Amendable {
  readonly assigned: ReadonlySet<string>;
  readonly leftOut: ReadonlySet<string>;
}
const amendable = (assigned: ReadonlySet<string>): Amendable => ({ assigned, leftOut: new Set([...NOT_ATTRIBUTES, ...assigned]) });
const OF_ORDER = amendable(ASSIGNED_TO_ORDER);
const OF_ITEM = amendable(ASSIGNED_TO_ITEM);

/**
 * Compiles a partial TMF622 order with intents (a supplement's `changes`, or a PATCH) against an order: keyed merge
 * patch for the attributes, add, amend and cancel for the items (domain.md, "A supplement"). Total: what cannot be
 * applied is a problem, and then nothing of the changes is to be used.
 */
export function compileChanges(
  order: EffectiveOrder,
  changes: JsonObject,
  pointOfNoReturn: PointOfNoReturn = usualPointOfNoReturn,
): Compiled {
  const draft = openDraft(order, pointOfNoReturn);
  const found = compileInto(draft, changes);
  return { changes: draft.changes, problems: found };
}

/** As `compileChanges`, into a draft at hand. */
export function compileInto(draft: Draft, changes: JsonObject): Problem[] {
  const work: Work = { draft, problems: [], cancelled: new Map() };
  if (own(changes, 'intent') === 'cancel') for (const { id, doc } of byPosition(draft.order)) cancelAny(work, [ITEMS, id], doc);
  amendAttributes(work, [], draft.order.attributes, changes, OF_ORDER);
  compileItems(work, [ITEMS], own(changes, ITEMS));
  return [...work.problems, ...dependencyProblems(draft, work.cancelled)];
}

interface Work {
  readonly draft: Draft;
  readonly problems: Problem[];
  /** Items cancelled by these changes, at any depth. */
  readonly cancelled: Map<string, Tokens>;
}

function compileItems(work: Work, container: Tokens, list: Json | undefined): void {
  if (list === undefined) return;
  if (!Array.isArray(list)) {
    work.problems.push(problems.itemNeverRemoved(container));
    return;
  }
  for (const element of list) {
    const id = isObject(element) ? itemId(element) : undefined;
    if (id === undefined) work.problems.push(problems.unknownItem(container));
    else compileItem(work, [...container, id], id, element as JsonObject);
  }
}

function compileItem(work: Work, tokens: Tokens, id: string, element: JsonObject): void {
  if (own(element, PATCH_MARKER) !== undefined) {
    work.problems.push(problems.itemNeverRemoved(tokens, id));
    return;
  }
  const there = work.draft.at(tokens);
  const present = isObject(there) ? there : undefined;
  const intent = own(element, 'intent') ?? (present === undefined && own(element, 'action') !== undefined ? 'add' : 'amend');
  if (intent === 'add') addItem(work, tokens, id, element, present);
  else if (present === undefined) work.problems.push(problems.unknownItem(tokens, id));
  else if (intent === 'amend') amendItem(work, tokens, present, element);
  else if (intent === 'cancel') cancelItem(work, tokens, id, present, element);
  else work.problems.push(problems.notAmendable([...tokens, 'intent'], 'An intent is "add", "amend" or "cancel".', id));
}

function addItem(work: Work, tokens: Tokens, id: string, element: JsonObject, present: JsonObject | undefined): void {
  const holder = closedHolder(work.draft, tokens);
  if (present !== undefined) work.problems.push(problems.duplicateItem(tokens, id));
  else if (holder !== undefined) work.problems.push(problems.pastPointOfNoReturn(tokens, holder.id, holder.doc));
  else work.draft.place(tokens, { action: 'add', ...asNewItem(withoutMarkers(element) as JsonObject) });
}

function amendItem(work: Work, tokens: Tokens, present: JsonObject, element: JsonObject): void {
  amendAttributes(work, tokens, present, element, OF_ITEM);
  compileItems(work, [...tokens, ITEMS], own(element, ITEMS));
}

function cancelItem(work: Work, tokens: Tokens, id: string, present: JsonObject, element: JsonObject): void {
  for (const name of sortedNames(element)) {
    if (name === 'id' || name === 'intent' || isAlwaysOpen([name], work.draft.pointOfNoReturn)) continue;
    const detail = `A cancelled item takes only notes and contacts with it; leave "${name}" out.`;
    work.problems.push(problems.notAmendable([...tokens, name], detail, id));
  }
  if (stateOf(present) === 'cancelled') work.problems.push(problems.alreadyCancelled(tokens, id));
  else cancelWhole(work, tokens, present);
  amendAttributes(work, tokens, present, element, OF_ITEM);
}

/** As `cancelItem` for an item nobody named: one that has ended without being built is left as it is. */
function cancelAny(work: Work, tokens: Tokens, doc: JsonObject): void {
  const state = stateOf(doc);
  if (state !== 'cancelled' && state !== 'rejected') cancelWhole(work, tokens, doc);
}

function cancelWhole(work: Work, tokens: Tokens, doc: JsonObject): void {
  for (const [id, place] of cancelNodes(work.draft, tokens, doc, work.problems)) work.cancelled.set(id, place);
}

/**
 * Cancels an item and the items nested in it.
 * @param refused takes a problem for each of them that is past its point of no return, or in a state that no longer leads there
 * @returns the places of the items that are cancelled now, by id
 */
export function cancelNodes(draft: Draft, tokens: Tokens, doc: JsonObject, refused: Problem[]): Map<string, Tokens> {
  const cancelled = new Map<string, Tokens>();
  for (const node of itemNodes(doc, tokens)) {
    const state = stateOf(node.doc);
    if (state === 'cancelled') continue;
    if (isClosed(node.doc, ['state'], draft.pointOfNoReturn) || !itemMoveAllowed(state, 'cancelled')) {
      refused.push(problems.pastPointOfNoReturn(node.tokens, node.id, node.doc));
      continue;
    }
    draft.place([...node.tokens, 'state'], 'cancelled');
    cancelled.set(node.id, node.tokens);
  }
  return cancelled;
}

/** The attributes of an order (`tokens` empty) or item by keyed merge patch, as far as they may still change. */
function amendAttributes(work: Work, tokens: Tokens, present: JsonObject, patch: JsonObject, { assigned, leftOut }: Amendable): void {
  const { draft } = work;
  const id = tokens.at(-1);
  const amended = without(patch, leftOut);
  for (const name of sortedNames(patch, assigned)) {
    const stands = tokens.length === 0 && name === 'state' ? draft.order.state : own(present, name);
    if (!sameValue(stands ?? null, own(patch, name), name)) work.problems.push(problems.assigned([...tokens, name], id));
  }
  for (const { path, after } of patchChanges(present, amended)) {
    const place = [...tokens, ...parsePath(path)];
    const holder = closedHolder(draft, place);
    if (holder === undefined) draft.place(place, after);
    else work.problems.push(problems.pastPointOfNoReturn(place, holder.id, holder.doc));
  }
}

/** The outermost item on the way to a place, as it was, that is past its point of no return for that place, if any. */
function closedHolder({ order, pointOfNoReturn }: Draft, place: Tokens): { readonly id: string; readonly doc: JsonObject } | undefined {
  const top = place[0] === ITEMS ? order.items.get(place[1] as string)?.doc : undefined;
  if (top === undefined) return undefined;
  return itemNodes(top, place.slice(0, 2)).find(
    ({ tokens, doc }) => startsWith(place, tokens) && isClosed(doc, place.slice(tokens.length), pointOfNoReturn),
  );
}
