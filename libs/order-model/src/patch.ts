import { sameValue } from './canonical.js';
import { applyChanges } from './changes.js';
import { define, isObject, own, sortedNames, without } from './json.js';
import { collectionKey, keyIndex } from './keys.js';
import { escapeToken } from './paths.js';
import type { Change, Json, JsonObject } from './types.js';

/** The attribute that marks an element of a keyed collection for removal (`"$patch": "delete"`, as in Kubernetes). */
export const PATCH_MARKER = '$patch';
const MARKER = new Set([PATCH_MARKER]);

const isRemoval = (element: Json): boolean => isObject(element) && own(element, PATCH_MARKER) === 'delete';

/**
 * The document with a keyed merge patch applied: RFC 7396, except that keyed collections merge element by element and
 * an element leaves by its key and `"$patch": "delete"` (domain.md, "Documents and paths").
 */
export function mergePatch(doc: JsonObject, patch: JsonObject): JsonObject {
  return applyChanges(doc, patchChanges(doc, patch));
}

/**
 * What a keyed merge patch changes in the document, leaf by leaf: a new attribute or element is one change at its own
 * path, an unchanged value makes none. Paths start with `prefix`, the place of the document itself. The patch must
 * not nest deeper than a door lets in.
 */
export function patchChanges(doc: JsonObject, patch: JsonObject, prefix = ''): Change[] {
  const changes: Change[] = [];
  patchObject(doc, patch, prefix, changes);
  return changes;
}

function patchObject(doc: JsonObject, patch: JsonObject, path: string, changes: Change[]): void {
  for (const name of sortedNames(patch)) {
    patchMember(own(doc, name), own(patch, name) as Json, name, `${path}/${escapeToken(name)}`, changes);
  }
}

function patchMember(before: Json | undefined, value: Json, name: string, path: string, changes: Change[]): void {
  if (value === null) {
    if (before !== undefined) changes.push({ path, before });
    return;
  }
  if (isObject(value) && isObject(before)) return patchObject(before, value, path, changes);
  if (Array.isArray(value)) {
    const given = keyIndex(name, value);
    if (given !== undefined) {
      const old = before === undefined ? new Map<string, number>() : Array.isArray(before) ? keyIndex(name, before) : undefined;
      if (old !== undefined) return patchCollection((before ?? []) as Json[], old, value, name, path, changes);
      if (value.length > 0 && value.every(isRemoval)) return;
    }
  }
  const after = withoutMarkers(value, name);
  if (!sameValue(before, after, name)) changes.push({ path, ...(before === undefined ? {} : { before }), after });
}

function patchCollection(
  before: readonly Json[],
  index: ReadonlyMap<string, number>,
  elements: readonly Json[],
  attribute: string,
  path: string,
  changes: Change[],
): void {
  for (const element of elements as JsonObject[]) {
    const key = collectionKey(attribute, element) as string;
    const place = `${path}/${escapeToken(key)}`;
    const old = before[index.get(key) ?? -1];
    if (isRemoval(element)) {
      if (old !== undefined) changes.push({ path: place, before: old });
    } else if (isObject(old)) {
      patchObject(old, without(element, MARKER), place, changes);
    } else {
      changes.push({ path: place, after: withoutMarkers(without(element, MARKER)) });
    }
  }
}

/**
 * What a patch value leaves where nothing stood: `null` members and elements marked for removal dropped (RFC 7396 §2);
 * an atomic array stays as it came.
 */
export function withoutMarkers(value: Json, attribute?: string): Json {
  if (Array.isArray(value)) {
    if (keyIndex(attribute, value) === undefined) return value;
    return value
      .filter((element) => !isRemoval(element))
      .map((element) => withoutMarkers(isObject(element) ? without(element, MARKER) : element));
  }
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const name of Object.keys(value)) {
    const member = own(value, name) as Json;
    if (member !== null) define(kept, name, withoutMarkers(member, name));
  }
  return kept;
}
