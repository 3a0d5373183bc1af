import { ITEMS } from './items.js';
import { define, isObject, own, sameJson, sortedNames, without } from './json.js';
import { collectionKey, keyIndex } from './keys.js';
import { PATCH_MARKER, withoutMarkers } from './patch.js';
import { formatPath, parsePath } from './paths.js';
import { notAmendable } from './problems.js';
import type { Change, Json, JsonObject, Problem } from './types.js';

type Tokens = readonly string[];

/** A supplement's `changes` that take another's back; where there are problems they are not to be used. */
export interface Reversal {
  readonly changes: JsonObject;
  readonly problems: readonly Problem[];
}

/**
 * The partial order that takes back what a merged supplement did: values as they were, removed elements back, added
 * elements out, added items cancelled (domain.md: items are never removed). What a partial order cannot say is a
 * problem `not-amendable`: an item cancelled does not come back, and a JSON `null` means "remove".
 * @param delta of the revision that the supplement made
 * @param made the `changes` that made it: they tell an object from a collection where a path alone does not
 */
export function changesFromDelta(delta: readonly Change[], made: JsonObject): Reversal {
  const work: Work = { made, root: {}, keyed: new Map(), problems: [] };
  // The order's state follows from its items'.
  for (const change of delta) if (change.path !== '/state') takeBack(work, parsePath(change.path), change);
  for (const { tokens, attribute, key, element } of work.keyed.values()) {
    if (collectionKey(attribute, element) !== key) {
      work.problems.push(notAmendable(tokens, 'It changed the key of this element, which no supplement can put back; change it by hand.'));
    }
  }
  if (work.problems.length === 0 && Object.keys(work.root).length === 0) {
    work.problems.push(notAmendable([], 'It changed nothing that could be taken back.'));
  }
  return { changes: work.root, problems: work.problems };
}

interface Work {
  readonly made: JsonObject;
  readonly root: JsonObject;
  /** Every element that was opened, by its path, to be held against its key at the end. */
  readonly keyed: Map<string, { tokens: Tokens; attribute: string; key: string; element: JsonObject }>;
  readonly problems: Problem[];
}

/** The item whose own place this is, if it is one: `productOrderItem/1/productOrderItem/1.1`. */
function itemAt(tokens: Tokens): string | undefined {
  const isItem = tokens.length % 2 === 0 && tokens.every((token, at) => at % 2 === 1 || token === ITEMS);
  return isItem ? tokens.at(-1) : undefined;
}

function takeBack(work: Work, tokens: Tokens, { before, after }: Change): void {
  const holder = tokens.at(-1) === 'state' ? itemAt(tokens.slice(0, -1)) : undefined;
  if (holder !== undefined) {
    const detail = `Item "${holder}" was cancelled and does not come back; add a new item in its place.`;
    work.problems.push(notAmendable(tokens, detail, holder));
    return;
  }
  if (before !== undefined && !canBeSaid(before, tokens)) {
    work.problems.push(notAmendable(tokens, 'A JSON null stood here, and a supplement cannot put one: null removes. Set another value.'));
    return;
  }
  if (!write(work, tokens, before, after)) {
    work.problems.push(notAmendable(tokens, 'What stood here cannot be put back by a supplement; change it by hand.'));
  }
}

/** Whether a patch that holds this value leaves it as it is where nothing stands: a `null` in it would be dropped. */
function canBeSaid(value: Json, tokens: Tokens): boolean {
  return value !== null && sameJson(withoutMarkers(value, tokens.at(-1)), value);
}

/** Says in the partial order that `before` stands at a place again; false where the changes do not lead there. */
function write(work: Work, tokens: Tokens, before: Json | undefined, after: Json | undefined): boolean {
  const last = tokens.at(-1);
  if (last === undefined) return false;
  let node = work.root;
  let said = work.made;
  for (let at = 0; at < tokens.length - 1; at += 1) {
    const name = tokens[at] as string;
    const inside = own(said, name);
    if (isObject(inside)) {
      node = objectAt(node, name);
      said = inside;
      continue;
    }
    const key = tokens[at + 1] as string;
    const element = Array.isArray(inside) ? inside[keyIndex(name, inside)?.get(key) ?? -1] : undefined;
    if (!isObject(element)) return false;
    const list = listAt(node, name);
    if (at + 2 === tokens.length) {
      const back = backAgain(name, key, element, before, after);
      if (back === undefined) return false;
      list.push(back);
      return true;
    }
    node = elementOf(work, list, tokens.slice(0, at + 2), element);
    said = element;
    at += 1;
  }
  define(node, last, before ?? null);
  return true;
}

function objectAt(node: JsonObject, name: string): JsonObject {
  const there = own(node, name);
  if (isObject(there)) return there;
  const object: JsonObject = {};
  define(node, name, object);
  return object;
}

function listAt(node: JsonObject, name: string): Json[] {
  const there = own(node, name);
  if (Array.isArray(there)) return there;
  const list: Json[] = [];
  define(node, name, list);
  return list;
}

/** An element as a whole: what was removed comes back, what was added goes, an item by its cancellation. */
function backAgain(attribute: string, key: string, said: JsonObject, before: Json | undefined, after: Json | undefined): Json | undefined {
  if (before === undefined) {
    return attribute === ITEMS ? { id: key, intent: 'cancel' } : { ...keyOf(attribute, key, said), [PATCH_MARKER]: 'delete' };
  }
  return after === undefined ? before : undefined;
}

/** The element of a list that has this key, opened with its key alone where it is not there yet. */
function elementOf(work: Work, list: Json[], tokens: Tokens, said: JsonObject): JsonObject {
  const attribute = tokens.at(-2) as string;
  const key = tokens.at(-1) as string;
  const path = formatPath(tokens);
  const known = work.keyed.get(path);
  if (known !== undefined) return known.element;
  const element: JsonObject = attribute === ITEMS ? { id: key, intent: 'amend' } : keyOf(attribute, key, said);
  list.push(element);
  work.keyed.set(path, { tokens, attribute, key, element });
  return element;
}

/** The least part of an element, as its author wrote it, that still has its key. */
function keyOf(attribute: string, key: string, said: JsonObject): JsonObject {
  let least = { ...said };
  for (const name of sortedNames(least)) {
    const less = without(least, new Set([name]));
    if (collectionKey(attribute, less) === key) least = less;
  }
  return least;
}
