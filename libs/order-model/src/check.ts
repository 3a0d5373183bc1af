import { ITEMS } from './items.js';
import { isObject, own, text } from './json.js';
import { collectionKey } from './keys.js';
import { PATCH_MARKER } from './patch.js';
import { escapeToken } from './paths.js';
import type { Fault, Json, JsonObject } from './types.js';

/** Containers in containers, the body itself being the first: more than any order needs, less than any stack bears. */
const DEEPEST = 64;
/** Beyond so many faults the list helps nobody. */
const MOST_FAULTS = 100;

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const ACTIONS = ['add', 'modify', 'delete', 'noChange'];
const INTENTS = ['add', 'amend', 'cancel'];

type Check = (value: Json) => string | undefined;
const instant: Check = (value) =>
  typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : 'must be a date and time (ISO 8601)';
const string: Check = (value) => (typeof value === 'string' ? undefined : 'must be a text');
const objects: Check = (value) => (Array.isArray(value) && value.every(isObject) ? undefined : 'must be a list of objects');
const object: Check = (value) => (isObject(value) ? undefined : 'must be an object');
const count: Check = (value) => (Number.isInteger(value) ? undefined : 'must be a whole number');
const oneOf =
  (allowed: readonly string[]): Check =>
  (value) =>
    allowed.includes(value as string) ? undefined : `must be one of ${allowed.join(', ')}`;

const all = (names: readonly string[], check: Check): [string, Check][] => names.map((name) => [name, check]);

/** TMF622 v4 ProductOrder: the attributes it names, in the types it gives them. */
const ORDER = new Map<string, Check>([
  ...all(['requestedCompletionDate', 'requestedStartDate', 'expectedCompletionDate', 'completionDate', 'cancellationDate'], instant),
  ...all(
    [
      'externalId',
      'description',
      'category',
      'priority',
      'cancellationReason',
      'notificationContact',
      '@type',
      '@baseType',
      '@schemaLocation',
    ],
    string,
  ),
  ...all(
    [
      'agreement',
      'channel',
      'note',
      'orderTotalPrice',
      'payment',
      'productOfferingQualification',
      'quote',
      'relatedParty',
      'orderRelationship',
    ],
    objects,
  ),
  ['billingAccount', object],
]);

/** TMF622 v4 ProductOrderItem. */
const ITEM = new Map<string, Check>([
  ['action', oneOf(ACTIONS)],
  ['quantity', count],
  ...all(['itemPrice', 'itemTerm', 'itemTotalPrice', 'payment', 'productOrderItemRelationship', 'qualification', 'note'], objects),
  ...all(['appointment', 'billingAccount', 'product', 'productOffering'], object),
  ...all(['@type', '@baseType', '@schemaLocation'], string),
]);

/**
 * The faults of shape of a TMF622 v4 ProductOrder as posted: wrong types of the attributes it names, items without id or
 * action, duplicate keys in a collection, and what no store takes. Attributes it does not name are taken as they are.
 */
export function checkOrder(body: Json): Fault[] {
  if (!isObject(body)) return [notAnObject];
  const faults = checkTree(body);
  if (faults.length > 0) return faults;
  const items = own(body, ITEMS);
  if (!Array.isArray(items) || items.length === 0) faults.push(fault([ITEMS], 'required', 'must be a list with at least one item'));
  return [...faults, ...checkTypes(body, [], ORDER, false), ...checkItems(items, [ITEMS], false)].slice(0, MOST_FAULTS);
}

/**
 * The faults of shape of a partial order: a supplement's `changes`, or the body of a PATCH. As `checkOrder`, but
 * everything is optional, `null` removes, and intents and `"$patch": "delete"` are looked at.
 */
export function checkPatch(body: Json): Fault[] {
  if (!isObject(body)) return [notAnObject];
  const faults = checkTree(body);
  if (faults.length > 0) return faults;
  if (Object.keys(body).length === 0) faults.push(fault([], 'required', 'changes nothing; name what is to change'));
  faults.push(...checkTypes(body, [], ORDER, true));
  checkMarkers(body, undefined, false, faults);
  faults.push(...checkItems(own(body, ITEMS), [ITEMS], true));
  const intent = own(body, 'intent');
  if (intent !== undefined && intent !== 'cancel')
    faults.push(fault(['intent'], 'invalid-value', 'the only intent for a whole order is cancel'));
  if (intent === 'cancel' && own(body, ITEMS) !== undefined) {
    faults.push(fault([ITEMS], 'invalid-value', 'a cancellation of the whole order names no items; leave them out'));
  }
  return faults.slice(0, MOST_FAULTS);
}

const notAnObject: Fault = { pointer: '', code: 'invalid-type', detail: 'must be a JSON object' };

type Token = string | number;

function fault(tokens: readonly Token[], code: string, detail: string): Fault {
  return { pointer: tokens.map((token) => `/${escapeToken(String(token))}`).join(''), code, detail };
}

/** A place in a tree, from below: it is spelt out only where there is a fault. */
interface Place {
  readonly token: Token;
  readonly up: Place | undefined;
  /** How many tokens lead there. */
  readonly depth: number;
}
const below = (up: Place | undefined, token: Token): Place => ({ token, up, depth: 1 + (up?.depth ?? 0) });

function tokensOf(place: Place | undefined): Token[] {
  const tokens: Token[] = [];
  for (let at = place; at !== undefined; at = at.up) tokens.push(at.token);
  return tokens.reverse();
}

function checkTypes(doc: JsonObject, tokens: readonly Token[], checks: ReadonlyMap<string, Check>, patch: boolean): Fault[] {
  return Object.keys(doc).flatMap((name) => {
    const value = own(doc, name) as Json;
    const wrong = patch && value === null ? undefined : checks.get(name)?.(value);
    return wrong === undefined ? [] : [fault([...tokens, name], 'invalid-type', `${name} ${wrong}`)];
  });
}

function checkItems(list: Json | undefined, tokens: readonly Token[], patch: boolean): Fault[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [fault(tokens, 'invalid-type', 'must be a list of items')];
  return list.flatMap((item, at) => {
    const here = [...tokens, at];
    if (!isObject(item)) return [fault(here, 'invalid-type', 'must be an item, an object')];
    const faults = checkTypes(item, here, ITEM, patch);
    if (text(own(item, 'id')) === undefined) faults.push(fault([...here, 'id'], 'required', 'each item needs its id, a text'));
    if (!patch && own(item, 'action') === undefined) {
      faults.push(fault([...here, 'action'], 'required', `each item needs its action: ${ACTIONS.join(', ')}`));
    }
    const intent = own(item, 'intent');
    if (patch && intent !== undefined && !INTENTS.includes(intent as string)) {
      faults.push(fault([...here, 'intent'], 'invalid-value', `intent must be one of ${INTENTS.join(', ')}`));
    }
    return [...faults, ...checkItems(own(item, ITEMS), [...here, ITEMS], patch)];
  });
}

/** `$patch` is only understood as `"delete"` on an element of a keyed collection; anywhere else it would be stored as data. */
function checkMarkers(value: Json, place: Place | undefined, removable: boolean, faults: Fault[], attribute?: string): void {
  if (Array.isArray(value)) {
    value.forEach((element, at) => {
      checkMarkers(element, below(place, at), collectionKey(attribute, element) !== undefined, faults);
    });
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const member = own(value, name) as Json;
      if (name !== PATCH_MARKER) checkMarkers(member, below(place, name), false, faults, name);
      else if (!removable || member !== 'delete') faults.push(fault(tokensOf(below(place, name)), 'invalid-value', MISPLACED_MARKER));
    }
  }
}

const MISPLACED_MARKER = '$patch is only "delete", on an element that carries the key of its collection';

/** What holds for every JSON tree that is to be stored: depth, texts and numbers a store takes, one element per key. */
function checkTree(body: JsonObject): Fault[] {
  const faults: Fault[] = [];
  const pending: { value: Json; place: Place | undefined; attribute: string | undefined }[] = [
    { value: body, place: undefined, attribute: undefined },
  ];
  for (let next = pending.pop(); next !== undefined && faults.length < MOST_FAULTS; next = pending.pop()) {
    const { value, place, attribute } = next;
    const wrong = wrongScalar(value);
    if (wrong !== undefined) faults.push(fault(tokensOf(place), 'invalid-value', wrong));
    if (typeof value !== 'object' || value === null) continue;
    if (place !== undefined && place.depth >= DEEPEST) {
      faults.push(fault(tokensOf(place).slice(0, 8), 'too-deep', `nests deeper than ${DEEPEST} levels`));
      return faults;
    }
    if (Array.isArray(value)) {
      faults.push(...duplicateKeys(attribute, value, place));
      for (let at = value.length - 1; at >= 0; at -= 1)
        pending.push({ value: value[at] as Json, place: below(place, at), attribute: undefined });
      continue;
    }
    for (const name of Object.keys(value).reverse()) {
      const there = below(place, name);
      if (wrongScalar(name) !== undefined)
        faults.push(fault(tokensOf(there), 'invalid-value', 'the name of an attribute holds a character that is no text'));
      pending.push({ value: own(value, name) as Json, place: there, attribute: name });
    }
  }
  return faults;
}

/** PostgreSQL stores no NUL and no lone surrogate; a number past the doubles has become infinite on its way here. */
function wrongScalar(value: Json): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'is a number too large to keep';
  if (typeof value !== 'string') return undefined;
  return value.includes('\u0000') || /\p{Surrogate}/u.test(value)
    ? 'holds a character that is no text (NUL, or half of a surrogate pair)'
    : undefined;
}

function duplicateKeys(attribute: string | undefined, array: readonly Json[], place: Place | undefined): Fault[] {
  const seen = new Map<string, number>();
  const faults: Fault[] = [];
  for (const [at, element] of array.entries()) {
    const key = collectionKey(attribute, element);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, at);
    else
      faults.push(
        fault(
          tokensOf(below(place, at)),
          'duplicate-key',
          `has the same key "${key}" as element ${first}; each key stands once in ${attribute}`,
        ),
      );
  }
  return faults;
}
