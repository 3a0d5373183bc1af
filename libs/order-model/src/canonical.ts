import { byText, define, own, sameJson, sortedNames } from './json.js';
import { collectionKey, isKeyedAttribute, keyIndex } from './keys.js';
import type { Json, JsonObject } from './types.js';

/** Twice what a door lets in (64 levels): below it values are compared as they came, so that no document overflows the stack. */
export const DEPTH_LIMIT = 128;

/**
 * The one form that equal documents share: object members sorted by name, keyed collections by key (they have no
 * order), an empty keyed collection left out (it says the same as an absent one). Atomic arrays keep their order.
 */
export function canonical(doc: Json): Json {
  return canonicalValue(doc, undefined, 1);
}

function canonicalValue(value: Json, attribute: string | undefined, level: number): Json {
  if (typeof value !== 'object' || value === null || level > DEPTH_LIMIT) return value;
  if (Array.isArray(value)) {
    const elements = value.map((element) => canonicalValue(element, undefined, level + 1));
    if (keyIndex(attribute, value) === undefined) return elements;
    return elements.sort((a, b) => byText(collectionKey(attribute, a) as string, collectionKey(attribute, b) as string));
  }
  const sorted: JsonObject = {};
  for (const name of sortedNames(value)) {
    const member = own(value, name) as Json;
    if (Array.isArray(member) && member.length === 0 && isKeyedAttribute(name)) continue;
    define(sorted, name, canonicalValue(member, name, level + 1));
  }
  return sorted;
}

/** Whether two documents say the same: equality of their canonical forms. */
export function sameDocument(a: Json, b: Json): boolean {
  return sameValue(a, b, undefined);
}

/** Equality of two values that stand under `attribute`; nothing there equals only nothing there. */
export function sameValue(a: Json | undefined, b: Json | undefined, attribute: string | undefined): boolean {
  return a === b || sameJson(canonicalValue(a as Json, attribute, 1), canonicalValue(b as Json, attribute, 1));
}
