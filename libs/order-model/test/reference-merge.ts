import type { Change, ItemProgress, Json, JsonObject, MergeInput, Outcome, PointOfNoReturn, SupplementInput } from '#order-model';

/*
 * The merge once more, written from domain.md and from nothing of the model's: whole documents instead of slices and
 * drafts, the list of all that was ever changed instead of provenance, everything worked out from the start each time.
 * Slow and obvious. It exists to disagree with the real one.
 */

/** An order as this merge keeps it. */
export interface ReferenceOrder {
  /** The whole TMF622 document. */
  readonly doc: JsonObject;
  /** Every revision with the paths it changed. */
  readonly log: readonly { readonly revision: number; readonly paths: readonly string[] }[];
  readonly version: number;
  readonly sequence: number;
}

/** What an input came to, in a form that two merges can be compared by. */
export interface Told {
  readonly kind: string;
  readonly revision: number;
  readonly version: number;
  readonly sequence: number;
  readonly state: Json;
  readonly problems: readonly string[];
  readonly notApplied: readonly string[];
  /** `path before after`, sorted. */
  readonly delta: readonly string[];
  readonly overwritten: readonly string[];
}

export const noOrder: ReferenceOrder = { doc: {}, log: [], version: 0, sequence: 0 };

// ---------------------------------------------------------------------------------------------------------------------
// Documents as trees: an object and a keyed collection are both members by name, which is what a keyed path goes by.

type Tree = Members | { readonly kind: 'list'; readonly elements: readonly Tree[] } | { readonly kind: 'scalar'; readonly value: Json };
interface Members {
  readonly kind: 'object' | 'collection';
  readonly members: Map<string, Tree>;
}

const isObject = (json: Json | undefined): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json);
const get = (json: Json | undefined, name: string): Json | undefined =>
  isObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
const filled = (json: Json | undefined): string[] => (typeof json === 'string' && json !== '' ? [json] : []);

const ids = (element: Json, nest: string): string[] =>
  [...filled(get(element, 'id')), ...filled(get(get(element, nest), 'id'))].slice(0, 1);
const escaped = (part: string): string => part.replace(/[%:]/g, (sign) => (sign === '%' ? '%25' : '%3A'));
/** Only the last part of a key of two may hold a bare colon. */
const joined = (parts: readonly string[]): string[] => {
  const [first, second] = parts;
  if (first === undefined) return [];
  return [second === undefined ? escaped(first) : `${escaped(first)}:${second}`];
};
const withSecond = (nest: string, second: string) => (element: Json) => {
  const id = ids(element, nest);
  return id.length === 0 ? [] : joined([...id, ...filled(get(element, second))]);
};

/** domain.md, "Documents and paths": how the elements of a collection are told apart; no key or one. */
const KEYS: Record<string, (element: Json) => string[]> = {
  relatedParty: (element) => {
    const id = ids(element, 'partyOrPartyRole');
    return id.length === 0 ? [] : joined([...filled(get(element, 'role')), ...id]);
  },
  place: (element) => [...filled(get(element, 'role')), ...ids(element, 'place')].slice(0, 1),
  agreement: withSecond('agreement', 'agreementItemId'),
  productOrderItemRelationship: withSecond('productOrderItem', 'relationshipType'),
  orderRelationship: withSecond('productOrder', 'relationshipType'),
  productOrderRelationship: withSecond('productOrder', 'relationshipType'),
  productRelationship: withSecond('product', 'relationshipType'),
};
for (const name of 'productCharacteristic itemPrice itemTotalPrice orderTotalPrice itemTerm productPrice productTerm milestone'.split(
  ' ',
)) {
  KEYS[name] = (element) => filled(get(element, 'name'));
}
for (const name of ['productOrderItem', 'note', 'payment', 'channel', 'quote', 'quoteItem', 'productOfferingQualification']) {
  KEYS[name] = (element) => ids(element, name);
}
for (const name of ['productOfferingQualificationItem', 'qualification', 'realizingService', 'realizingResource']) {
  KEYS[name] = (element) => ids(element, name);
}
const keyed = (name: string | undefined): name is string => name !== undefined && Object.hasOwn(KEYS, name);

/** @param name of the attribute that the value stands under; none for an element and for a whole document */
function treeOf(json: Json, name?: string): Tree {
  if (isObject(json))
    return { kind: 'object', members: new Map(Object.keys(json).map((key) => [key, treeOf(get(json, key) as Json, key)])) };
  if (!Array.isArray(json)) return { kind: 'scalar', value: json };
  const elements = json.map((element) => treeOf(element));
  if (!keyed(name)) return { kind: 'list', elements };
  const keys = json.flatMap((element) => KEYS[name]?.(element) ?? []);
  if (keys.length < json.length || new Set(keys).size < keys.length) return { kind: 'list', elements };
  return { kind: 'collection', members: new Map(keys.map((key, at) => [key, elements[at] as Tree])) };
}

function jsonOf(tree: Tree): Json {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.elements.map(jsonOf);
  if (tree.kind === 'collection') return [...tree.members.values()].map(jsonOf);
  return Object.fromEntries([...tree.members].map(([name, member]) => [name, jsonOf(member)]));
}

/** A text that documents share which say the same: members in one order, no empty collection inside. */
function textOf(tree: Tree | undefined): string {
  if (tree === undefined) return 'nothing';
  if (tree.kind === 'scalar') return JSON.stringify(tree.value);
  if (tree.kind === 'list') return `(${tree.elements.map(textOf).join()})`;
  const names = [...tree.members.keys()].sort();
  const told = names.flatMap((name) => {
    const member = tree.members.get(name) as Tree;
    const empty = tree.kind === 'object' && member.kind === 'collection' && member.members.size === 0;
    return empty ? [] : [`${JSON.stringify(name)}:${textOf(member)}`];
  });
  return tree.kind === 'object' ? `{${told.join()}}` : `[${told.join()}]`;
}
/** The same of a value as it stands under an attribute. */
export const say = (json: Json | undefined, name?: string): string => (json === undefined ? 'nothing' : textOf(treeOf(json, name)));

// ---------------------------------------------------------------------------------------------------------------------
// Keyed paths

type Tokens = readonly string[];
const pathOf = (tokens: Tokens): string => tokens.map((token) => `/${token.replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
const tokensOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((token) => token.replace(/~1/g, '/').replace(/~0/g, '~'));
const leads = (prefix: Tokens, tokens: Tokens): boolean => prefix.every((token, at) => token === tokens[at]);

const hasMembers = (tree: Tree | undefined): tree is Members => tree?.kind === 'object' || tree?.kind === 'collection';

function find(root: Tree, tokens: Tokens): Json | undefined {
  let here: Tree | undefined = root;
  for (const token of tokens) here = hasMembers(here) ? here.members.get(token) : undefined;
  return here === undefined ? undefined : jsonOf(here);
}

/** What has to be made to hold `after` below an attribute `name`, or below an element (no name). */
function made(tokens: Tokens, name: string | undefined, after: Json): Json {
  const [token, ...rest] = tokens;
  if (token === undefined) return after;
  if (!keyed(name)) return { [token]: made(rest, token, after) };
  const inside = made(rest, undefined, after);
  // An element is an object: what is none stands in an object that only shares its name with a collection.
  if (!isObject(inside)) return { [token]: inside };
  return [rest.length === 0 ? inside : { ...withKey(name, token), ...inside }];
}

/** The least element that has a key. */
function withKey(name: string, key: string): JsonObject {
  const plain = (part: string): string => part.replace(/%3A/g, ':').replace(/%25/g, '%');
  const cut = key.indexOf(':');
  const [first, second] = cut < 0 ? [plain(key), undefined] : [plain(key.slice(0, cut)), key.slice(cut + 1)];
  const twoParts = ['relatedParty', 'agreement'].includes(name) || name.endsWith('Relationship');
  if (!twoParts) return KEYS[name]?.({ name: key })[0] === key ? { name: key } : name === 'place' ? { role: key } : { id: key };
  if (second === undefined) return { id: first };
  if (name === 'relatedParty') return { role: first, id: second };
  return { id: first, [name === 'agreement' ? 'agreementItemId' : 'relationshipType']: second };
}

/** Puts `after` (nothing: removes) at a place, and gives the change that this is, at the highest place it had to make. */
function place(root: Members, tokens: Tokens, after: Json | undefined): Change | undefined {
  const path: string[] = [];
  let holder: Members | undefined;
  let here: Members = root;
  for (const [at, token] of tokens.entries()) {
    path.push(token);
    const next = here.members.get(token);
    const rest = tokens.slice(at + 1);
    if (rest.length > 0 && hasMembers(next)) {
      holder = here;
      here = next;
      continue;
    }
    if (after === undefined && (rest.length > 0 || next === undefined)) return undefined;
    const before = next === undefined ? {} : { before: jsonOf(next) };
    if (after === undefined) {
      here.members.delete(token);
      const name = tokens[at - 1] as string;
      if (here.kind === 'collection' && here.members.size === 0) holder?.members.delete(name);
      return { path: pathOf(path), ...before };
    }
    const name = here.kind === 'object' ? token : undefined;
    let value = made(rest, name, after);
    if (here.kind === 'collection' && rest.length > 0 && isObject(value)) value = { ...withKey(tokens[at - 1] as string, token), ...value };
    here.members.set(token, treeOf(value, name));
    const element = next === undefined && rest.length > 0 && Array.isArray(value) && keyed(name) ? value[0] : undefined;
    if (element !== undefined) return { path: pathOf([...path, rest[0] as string]), after: element };
    return { path: pathOf(path), ...before, after: value };
  }
  return undefined;
}

// ---------------------------------------------------------------------------------------------------------------------
// Keyed merge patch (RFC 7396, but for keyed collections), and what it changed

const removes = (json: Json): boolean => get(json, '$patch') === 'delete';
function unmarked(json: Json): Json {
  if (!isObject(json)) return json;
  const { $patch: _marker, ...rest } = json;
  return rest;
}

/** What a patch leaves where nothing stood. */
function fresh(json: Json, name?: string): Json {
  if (isObject(json)) {
    const kept = Object.keys(json).filter((key) => get(json, key) !== null);
    return Object.fromEntries(kept.map((key) => [key, fresh(get(json, key) as Json, key)]));
  }
  if (!Array.isArray(json) || treeOf(json, name).kind === 'list') return json;
  return json.filter((element) => !removes(element)).map((element) => fresh(unmarked(element)));
}

function patched(here: Tree | undefined, patch: Json, name?: string): Tree | undefined {
  if (patch === null) return undefined;
  if (isObject(patch) && here?.kind === 'object') {
    const members = new Map(here.members);
    for (const key of Object.keys(patch)) put(members, key, patched(members.get(key), get(patch, key) as Json, key));
    return { kind: 'object', members };
  }
  if (Array.isArray(patch) && treeOf(patch, name).kind === 'collection') {
    if (here === undefined || here.kind === 'collection') {
      const members = new Map(here?.members);
      for (const element of patch) {
        const key = KEYS[name as string]?.(element)[0] as string;
        if (removes(element)) members.delete(key);
        else put(members, key, members.has(key) ? patched(members.get(key), unmarked(element)) : treeOf(fresh(unmarked(element))));
      }
      return here === undefined && members.size === 0 ? undefined : { kind: 'collection', members };
    }
    if (patch.length > 0 && patch.every(removes)) return here;
  }
  const after = treeOf(fresh(patch, name), name);
  return here !== undefined && textOf(here) === textOf(after) && here.kind === after.kind ? here : after;
}

function put(members: Map<string, Tree>, key: string, value: Tree | undefined): void {
  if (value === undefined) members.delete(key);
  else members.set(key, value);
}

function differences(before: Tree | undefined, after: Tree | undefined, tokens: Tokens): Change[] {
  const grows = after?.kind === 'collection' && (before === undefined || before.kind === 'collection');
  if (hasMembers(after) && (grows || (before?.kind === 'object' && after.kind === 'object'))) {
    const [old, now] = [hasMembers(before) ? before.members : new Map<string, Tree>(), after.members];
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => differences(old.get(key), now.get(key), [...tokens, key]));
  }
  if (before?.kind === after?.kind && textOf(before) === textOf(after)) return [];
  return [
    {
      path: pathOf(tokens),
      ...(before === undefined ? {} : { before: jsonOf(before) }),
      ...(after === undefined ? {} : { after: jsonOf(after) }),
    },
  ];
}

// ---------------------------------------------------------------------------------------------------------------------
// Items

const ITEMS = 'productOrderItem';
interface Item {
  readonly id: string;
  readonly tokens: Tokens;
  readonly item: JsonObject;
}

/** The items directly inside a document, or at every depth, outer before inner. */
function itemsIn(doc: JsonObject, tokens: Tokens, deep: boolean): Item[] {
  const list = get(doc, ITEMS);
  return (Array.isArray(list) ? list : []).flatMap((item) => {
    const id = filled(get(item, 'id'))[0];
    if (id === undefined || !isObject(item)) return [];
    const here = { id, tokens: [...tokens, ITEMS, id], item };
    return [here, ...(deep ? itemsIn(item, here.tokens, true) : [])];
  });
}

/** domain.md, "Fulfilment's side": the moves of an item. */
const MOVES: Record<string, string> = {
  acknowledged: 'inProgress rejected pending held cancelled',
  inProgress: 'completed failed held pending cancelled',
  held: 'inProgress failed cancelled',
  pending: 'inProgress cancelled failed',
};
const STATES = 'acknowledged rejected pending held inProgress cancelled completed failed assessingCancellation pendingCancellation'.split(
  ' ',
);
const stateOf = (item: JsonObject): string =>
  STATES.includes(get(item, 'state') as string) ? (get(item, 'state') as string) : 'acknowledged';
const mayMove = (from: string, to: string): boolean => (MOVES[from] ?? '').split(' ').includes(to);
const isClosedOrder = (doc: JsonObject): boolean => ['completed', 'cancelled', 'rejected', 'failed'].includes(get(doc, 'state') as string);

/** The state that an order has from its items. */
function orderState(doc: JsonObject): string {
  const now = get(doc, 'state') as string;
  if (isClosedOrder(doc)) return now;
  const all = itemsIn(doc, [], false).map(({ item }) => stateOf(item));
  const counted = all.filter((state) => state !== 'cancelled');
  const some = (state: string): boolean => counted.includes(state);
  const every = (...states: string[]): boolean => counted.every((state) => states.includes(state));
  if (all.length === 0) return now;
  if (counted.length === 0) return 'cancelled';
  if (every('completed')) return 'completed';
  if (every('rejected')) return 'rejected';
  if (every('completed', 'failed', 'rejected')) return some('completed') ? 'partial' : 'failed';
  if (some('inProgress') || some('completed') || some('failed')) return 'inProgress';
  if (some('held')) return 'held';
  if (some('pending')) return 'pending';
  return now === 'acknowledged' ? 'acknowledged' : 'inProgress';
}

/** Whether a place is open whatever the rules say, as seen from the innermost item it is in. */
function isOpen(tokens: Tokens, { alwaysOpen }: PointOfNoReturn): boolean {
  const within = tokens[0] === ITEMS && tokens.length > 2 ? tokens.slice(2) : undefined;
  return within === undefined ? alwaysOpen.some((path) => leads(tokensOf(path), tokens)) : isOpen(within, { alwaysOpen, rules: [] });
}

/** Whether an item takes no change at a place in it any more. */
function isPast(item: JsonObject, within: Tokens, policy: PointOfNoReturn): boolean {
  if (isOpen(within, policy)) return false;
  return policy.rules.some(({ states, flagged, paths }) => {
    const applies = (states as readonly string[]).includes(stateOf(item)) || (flagged && get(item, 'pointOfNoReturn') === true);
    return applies && (paths ?? ['']).some((path) => leads(tokensOf(path), within) || leads(within, tokensOf(path)));
  });
}

function relied(item: JsonObject): string[] {
  const list = get(item, 'productOrderItemRelationship');
  const named = (Array.isArray(list) ? list : []).filter((one) =>
    ['relieson', 'bundles'].includes(String(get(one, 'relationshipType')).toLowerCase()),
  );
  return [...new Set(named.flatMap((one) => filled(get(one, 'id'))))];
}

// ---------------------------------------------------------------------------------------------------------------------
// The merge

/** One input being merged: the document as it was and as it is now, and what was found. */
class Work {
  readonly root: Members;
  readonly changes: Change[] = [];
  readonly problems: string[] = [];
  readonly cancelled = new Set<string>();

  constructor(
    readonly before: JsonObject,
    readonly policy: PointOfNoReturn,
  ) {
    this.root = treeOf(before) as Members;
  }

  get doc(): JsonObject {
    return jsonOf(this.root) as JsonObject;
  }

  place(tokens: Tokens, after: Json | undefined): void {
    const change = place(this.root, tokens, after);
    if (change !== undefined) this.changes.push(change);
  }

  /** Whether an item on the way to a place was past its point of no return for it. */
  isPast(place: Tokens): boolean {
    if (isOpen(place, this.policy)) return false;
    const holders = itemsIn(this.before, [], true).filter(({ tokens }) => tokens.length < place.length && leads(tokens, place));
    return holders.some(({ tokens, item }) => isPast(item, place.slice(tokens.length), this.policy));
  }

  cancel(tokens: Tokens, item: JsonObject): void {
    for (const one of [{ id: tokens.at(-1) as string, tokens, item }, ...itemsIn(item, tokens, true)]) {
      if (stateOf(one.item) === 'cancelled') continue;
      if (isPast(one.item, ['state'], this.policy) || !mayMove(stateOf(one.item), 'cancelled')) {
        this.problems.push('past-point-of-no-return');
        continue;
      }
      this.place([...one.tokens, 'state'], 'cancelled');
      this.cancelled.add(one.id);
    }
  }

  amend(tokens: Tokens, patch: JsonObject, assigned: readonly string[]): void {
    const present = (find(this.root, tokens) ?? {}) as JsonObject;
    const kept: [string, Json][] = [];
    for (const name of Object.keys(patch)) {
      const value = get(patch, name) as Json;
      if (assigned.includes(name)) {
        if (say(get(present, name) ?? null, name) !== say(value, name)) this.problems.push('not-amendable');
      } else if (!['intent', '$patch', ITEMS].includes(name)) kept.push([name, value]);
    }
    const tree = treeOf(present);
    for (const { path, after } of differences(tree, patched(tree, Object.fromEntries(kept)), [])) {
      const place = [...tokens, ...tokensOf(path)];
      if (this.isPast(place)) this.problems.push('past-point-of-no-return');
      else this.place(place, after);
    }
  }

  items(container: Tokens, list: Json | undefined): void {
    if (list === undefined) return;
    if (!Array.isArray(list)) {
      this.problems.push('not-amendable');
      return;
    }
    for (const element of list) {
      const id = filled(get(element, 'id'))[0];
      if (id === undefined || !isObject(element)) this.problems.push('unknown-item');
      else this.item([...container, id], element);
    }
  }

  item(tokens: Tokens, element: JsonObject): void {
    const present = find(this.root, tokens);
    const intent = get(element, 'intent') ?? (present === undefined && get(element, 'action') !== undefined ? 'add' : 'amend');
    if (get(element, '$patch') !== undefined) this.problems.push('not-amendable');
    else if (intent === 'add' && present !== undefined) this.problems.push('duplicate-item');
    else if (intent === 'add' && this.isPast(tokens)) this.problems.push('past-point-of-no-return');
    else if (intent === 'add') this.place(tokens, { action: 'add', ...asNew(fresh(element) as JsonObject) });
    else if (!isObject(present)) this.problems.push('unknown-item');
    else if (intent === 'amend') {
      this.amend(tokens, element, OF_ITEM);
      this.items([...tokens, ITEMS], get(element, ITEMS));
    } else {
      for (const name of Object.keys(element)) {
        if (!['id', 'intent'].includes(name) && !isOpen([name], this.policy)) this.problems.push('not-amendable');
      }
      if (stateOf(present) === 'cancelled') this.problems.push('item-already-cancelled');
      else this.cancel(tokens, present);
      this.amend(tokens, element, OF_ITEM);
    }
  }

  /** A remaining item relies on one cancelled here; or relies, as it did not before, on one that is not there or cancelled. */
  dependencies(): void {
    const now = itemsIn(this.doc, [], true);
    const then = itemsIn(this.before, [], true);
    for (const { id, tokens, item } of now) {
      if (stateOf(item) === 'cancelled') continue;
      const old = then.find((one) => one.id === id && one.tokens[1] === tokens[1]);
      const known = old === undefined ? [] : relied(old.item);
      for (const target of relied(item)) {
        const found = now.find((one) => one.id === target && one.tokens.length === 2) ?? now.find((one) => one.id === target);
        const gone = found === undefined || stateOf(found.item) === 'cancelled';
        if (this.cancelled.has(target) || (gone && !known.includes(target))) this.problems.push('dependency');
      }
    }
  }
}

const OF_ORDER = ['id', 'href', 'orderDate', 'state', 'version'];
const OF_ITEM = ['id', 'state', 'pointOfNoReturn', 'milestone'];

function asNew(item: JsonObject): JsonObject {
  const { intent: _intent, state: _state, pointOfNoReturn: _flag, milestone: _milestone, ...rest } = item;
  const list = get(rest, ITEMS);
  const nested = Array.isArray(list) ? { [ITEMS]: list.map((one) => (isObject(one) ? asNew(one) : one)) } : {};
  return { ...rest, ...nested, state: 'acknowledged' };
}

function withStates(doc: JsonObject): JsonObject {
  const list = get(doc, ITEMS);
  const nested = Array.isArray(list) ? { [ITEMS]: list.map((one) => (isObject(one) ? withStates(one) : one)) } : {};
  return { ...doc, ...nested, state: get(doc, 'state') ?? 'acknowledged' };
}

/** The changes that touch, at, above or below, what changed after the revision their author had seen, with that revision. */
function unseen({ log }: ReferenceOrder, changes: readonly Change[], basedOn: number | undefined): [path: string, revision: number][] {
  if (basedOn === undefined) return [];
  return changes.flatMap(({ path }) => {
    const tokens = tokensOf(path);
    const touching = log.filter(({ paths }) => paths.some((one) => leads(tokensOf(one), tokens) || leads(tokens, tokensOf(one))));
    const newest = touching.at(-1)?.revision ?? 0;
    return newest > basedOn ? [[path, newest] as [string, number]] : [];
  });
}

/** Why a change of the base cannot apply any more, by the order as it was before the amendment. */
function obstacle({ before, policy }: Work, tokens: Tokens, after: Json | undefined): string | undefined {
  const old = treeOf(before);
  const onTheWay = itemPlaces(tokens);
  if (onTheWay.some((place) => place.length < tokens.length && find(old, place) === undefined)) return 'unknown-item';
  if (onTheWay.at(-1)?.length === tokens.length) {
    if (after === undefined) return 'not-amendable';
    if (find(old, tokens) !== undefined) return 'duplicate-item';
  }
  if (isOpen(tokens, policy)) return undefined;
  const holders = itemsIn(before, [], true).filter((one) => one.tokens.length < tokens.length && leads(one.tokens, tokens));
  if (holders.some(({ item }) => stateOf(item) === 'cancelled')) return 'item-already-cancelled';
  const holder = holders.find((one) => one.tokens.length === tokens.length - 1);
  if (holder === undefined || tokens.at(-1) !== 'state' || !STATES.includes(after as string)) return undefined;
  return mayMove(stateOf(holder.item), after as string) ? undefined : 'state-transition';
}

/** The places of the items on the way to a place, itself too where it is one. */
function itemPlaces(tokens: Tokens): Tokens[] {
  const places: Tokens[] = [];
  for (let at = 0; tokens[at] === ITEMS && at + 1 < tokens.length; at += 2) places.push(tokens.slice(0, at + 2));
  return places;
}

function report(work: Work, { id, state, milestone, pointOfNoReturn }: ItemProgress): void {
  const all = itemsIn(work.doc, [], true);
  const found = all.find((one) => one.id === id && one.tokens.length === 2) ?? all.find((one) => one.id === id);
  if (found === undefined) {
    work.problems.push('unknown-item');
    return;
  }
  const { tokens, item } = found;
  if (state !== undefined && state !== stateOf(item)) {
    if (!mayMove(stateOf(item), state)) {
      work.problems.push('state-transition');
      return;
    }
    work.place([...tokens, 'state'], state);
  }
  if (pointOfNoReturn !== undefined && pointOfNoReturn !== get(item, 'pointOfNoReturn')) {
    work.place([...tokens, 'pointOfNoReturn'], pointOfNoReturn);
  }
  if (milestone === undefined) return;
  const said: JsonObject = typeof milestone === 'string' ? { name: milestone } : milestone;
  const place = [...tokens, 'milestone', String(get(said, 'name'))];
  const there = find(work.root, place);
  const merged = { ...(isObject(there) ? there : {}), ...said };
  if (there === undefined || say(there) !== say(merged)) work.place(place, merged);
}

/** What this merge makes of an input: the order after it, and what it came to. */
export function referenceMerge(order: ReferenceOrder, input: MergeInput, policy: PointOfNoReturn): { order: ReferenceOrder; told: Told } {
  const revision = order.log.length + 1;
  const work = new Work(order.doc, policy);
  const conflicts: [string, number][] = [];
  const done = (kind: string, after: ReferenceOrder, problems: string[], notApplied: string[]) => ({
    order: after,
    told: {
      kind,
      revision: after.log.length,
      version: after.version,
      sequence: after.sequence,
      state: get(after.doc, 'state') ?? null,
      problems: [...problems].sort(),
      notApplied: [...notApplied].sort(),
      delta: kind === 'revised' ? work.changes.map(changeText).sort() : [],
      overwritten: conflicts.map(([path, newer]) => `${path} ${newer}`).sort(),
    },
  });
  const revised = (doc: JsonObject, numbers: { version: number; sequence: number }, notApplied: string[]) => {
    const state = input.kind === 'orderCreated' ? get(doc, 'state') : orderState(doc);
    if (state !== get(doc, 'state')) work.changes.push({ path: '/state', before: get(doc, 'state') as Json, after: state as Json });
    const log = [...order.log, { revision, paths: work.changes.map(({ path }) => path) }];
    return done('revised', { doc: { ...doc, state: state as Json }, log, ...numbers }, [], notApplied);
  };

  if (input.kind === 'orderCreated') {
    const doc = { ...withStates(input.order), [ITEMS]: itemsIn(input.order, [], false).map(({ item }) => withStates(item)) };
    work.changes.push({ path: '', after: doc });
    return revised(doc, { version: input.version, sequence: order.sequence }, []);
  }
  if (input.kind === 'progress') {
    for (const one of input.items) report(work, one);
    return revised(work.doc, { version: input.version, sequence: order.sequence }, work.problems);
  }
  if (input.kind === 'amendment') {
    if (isClosedOrder(order.doc)) work.problems.push('order-closed');
    else {
      for (const { path, after } of input.delta) {
        const problem = obstacle(work, tokensOf(path), after);
        if (problem === undefined) work.place(tokensOf(path), after);
        else work.problems.push(problem);
      }
      for (const { tokens } of input.cancellation === undefined ? [] : itemsIn(order.doc, [], false)) {
        const item = find(work.root, tokens) as JsonObject;
        if (!['cancelled', 'rejected'].includes(stateOf(item))) work.cancel(tokens, item);
      }
    }
    conflicts.push(...unseen(order, work.changes, input.basedOnRevision));
    return revised(work.doc, { version: input.version, sequence: order.sequence }, work.problems);
  }
  return supplement(input);

  function supplement({ changes, sequence, basedOnRevision, onConflict }: SupplementInput) {
    const taken = { ...order, sequence };
    if (isClosedOrder(order.doc)) return done('rejected', taken, ['order-closed'], []);
    if (get(changes, 'intent') === 'cancel') {
      for (const { tokens, item } of itemsIn(order.doc, [], false)) {
        if (!['cancelled', 'rejected'].includes(stateOf(item))) work.cancel(tokens, item);
      }
    }
    work.amend([], changes, OF_ORDER);
    work.items([ITEMS], get(changes, ITEMS));
    work.dependencies();
    if (work.problems.length > 0) return done('rejected', taken, work.problems, []);
    conflicts.push(...unseen(order, work.changes, basedOnRevision));
    if (conflicts.length > 0 && onConflict !== 'overwrite') {
      const codes = conflicts.map(() => 'conflict');
      return done(onConflict === 'reject' ? 'rejected' : 'held', taken, codes, []);
    }
    return revised(work.doc, { version: order.version, sequence }, []);
  }
}

function changeText({ path, before, after }: Change): string {
  const name = tokensOf(path).at(-1);
  return `${path} ${say(before, name)} ${say(after, name)}`;
}

/** What the model's merge made of an input, in the same form. */
export function told(outcome: Outcome): Told {
  const { kind, order } = outcome;
  const { revision, version, sequence, state } = order;
  const codes = (problems: readonly { readonly code: string }[]): string[] => problems.map(({ code }) => code).sort();
  const made = outcome.kind === 'revised' ? outcome.revision : undefined;
  const refused = outcome.kind === 'revised' ? [] : outcome.problems;
  // A conflict's sentence names the revision; the code and path stand beside it.
  const newer = refused.flatMap(({ code, path, detail }) =>
    code === 'conflict' ? [`${path} ${/by revision (\d+)/.exec(detail)?.[1]}`] : [],
  );
  return {
    kind,
    revision,
    version,
    sequence,
    state,
    problems: codes(refused),
    notApplied: codes(made?.notApplied ?? []),
    delta: (made?.delta ?? []).map(changeText).sort(),
    overwritten: [...newer, ...(made?.overwritten ?? []).map((one) => `${one.path} ${one.revision}`)].sort(),
  };
}
