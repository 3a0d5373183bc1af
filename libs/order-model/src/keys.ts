import { isObject, own, text } from './json.js';
import type { Json, JsonObject } from './types.js';

/** How the elements of one collection are told apart, and the least element that has a given key. */
interface KeyRule {
  readonly keyOf: (element: JsonObject) => string | undefined;
  readonly elementOf: (key: string) => JsonObject;
}

/** In a composite key only the last part may hold a bare `:`, so that no two elements can share a key by accident. */
const escapePart = (part: string): string => part.replaceAll('%', '%25').replaceAll(':', '%3A');
const unescapePart = (part: string): string => part.replaceAll('%3A', ':').replaceAll('%25', '%');

/** `first:second`, or the one part that is there, escaped. */
function compose(first: string | undefined, second: string | undefined): string {
  if (first === undefined || second === undefined) return escapePart((first ?? second) as string);
  return `${escapePart(first)}:${second}`;
}

/** The two parts of a key; nothing where it has one. */
function decompose(key: string): [first: string, second: string] | undefined {
  const cut = key.indexOf(':');
  return cut < 0 ? undefined : [unescapePart(key.slice(0, cut)), key.slice(cut + 1)];
}

/** The id of a reference that stands flat in the element, or nested under `nest` (TMF622 v5 and MEF nest it). */
function referenceId(element: JsonObject, nest: string): string | undefined {
  const flat = text(own(element, 'id'));
  if (flat !== undefined) return flat;
  const nested = own(element, nest);
  return isObject(nested) ? text(own(nested, 'id')) : undefined;
}

const byName: KeyRule = { keyOf: (element) => text(own(element, 'name')), elementOf: (key) => ({ name: key }) };

const byId = (nest: string): KeyRule => ({
  keyOf: (element) => referenceId(element, nest),
  elementOf: (key) => ({ id: key }),
});

/** `id` and then a second attribute, which may be absent. */
const byIdAnd = (second: string, nest: string): KeyRule => ({
  keyOf: (element) => {
    const id = referenceId(element, nest);
    return id === undefined ? undefined : compose(id, text(own(element, second)));
  },
  elementOf: (key) => {
    const parts = decompose(key);
    return parts === undefined ? { id: unescapePart(key) } : { id: parts[0], [second]: parts[1] };
  },
});

const byRoleAndId: KeyRule = {
  keyOf: (element) => {
    const id = referenceId(element, 'partyOrPartyRole');
    return id === undefined ? undefined : compose(text(own(element, 'role')), id);
  },
  elementOf: (key) => {
    const parts = decompose(key);
    return parts === undefined ? { id: unescapePart(key) } : { role: parts[0], id: parts[1] };
  },
};

const byRoleElseId: KeyRule = {
  keyOf: (element) => text(own(element, 'role')) ?? referenceId(element, 'place'),
  elementOf: (key) => ({ role: key }),
};

const NAMED = [
  'productCharacteristic',
  'itemPrice',
  'itemTotalPrice',
  'orderTotalPrice',
  'itemTerm',
  'productPrice',
  'productTerm',
  'milestone',
];
const REFERENCES = [
  'productOrderItem',
  'note',
  'payment',
  'channel',
  'quote',
  'quoteItem',
  'productOfferingQualification',
  'productOfferingQualificationItem',
  'qualification',
  'realizingService',
  'realizingResource',
];

/** domain.md, "Documents and paths". */
const RULES: ReadonlyMap<string | undefined, KeyRule> = new Map<string | undefined, KeyRule>([
  ...NAMED.map((attribute) => [attribute, byName] as const),
  ...REFERENCES.map((attribute) => [attribute, byId(attribute)] as const),
  ['agreement', byIdAnd('agreementItemId', 'agreement')],
  ['productOrderItemRelationship', byIdAnd('relationshipType', 'productOrderItem')],
  ['orderRelationship', byIdAnd('relationshipType', 'productOrder')],
  ['productOrderRelationship', byIdAnd('relationshipType', 'productOrder')],
  ['productRelationship', byIdAnd('relationshipType', 'product')],
  ['relatedParty', byRoleAndId],
  ['place', byRoleElseId],
]);

/** Whether an array under this attribute name is a keyed collection by nature; one under no name is none. */
export function isKeyedAttribute(attribute: string | undefined): attribute is string {
  return RULES.has(attribute);
}

/**
 * The key of one element of the collection `attribute` (source: domain.md, "Documents and paths"), such as `2` for an
 * order item or `buyer:77` for a related party; nothing if the collection has no key or the element does not carry it.
 * Composite keys are joined with `:`; a `:` or `%` in any part but the last is percent-encoded.
 */
export function collectionKey(attribute: string | undefined, element: Json): string | undefined {
  return isObject(element) ? RULES.get(attribute)?.keyOf(element) : undefined;
}

/** The least element of a keyed collection that has this key: what a change inside a missing element starts from. */
export function elementWithKey(attribute: string, key: string): JsonObject {
  return (RULES.get(attribute) as KeyRule).elementOf(key);
}

/**
 * Where each key stands in an array, or nothing if the array is one atomic value: no key by nature, an element
 * without it, or (only possible in a document that no door has checked) two elements with the same one.
 */
export function keyIndex(attribute: string | undefined, array: readonly Json[]): Map<string, number> | undefined {
  if (!isKeyedAttribute(attribute)) return undefined;
  const index = new Map<string, number>();
  for (const [position, element] of array.entries()) {
    const key = collectionKey(attribute, element);
    if (key === undefined || index.has(key)) return undefined;
    index.set(key, position);
  }
  return index;
}
