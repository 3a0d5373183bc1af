import { DEPTH_LIMIT, sameValue } from './canonical.js';
import { isObject, own } from './json.js';
import { isKeyedAttribute, keyIndex } from './keys.js';
import { escapeToken } from './paths.js';
import type { Change, Json, JsonObject } from './types.js';

/**
 * The changes that lead from one document to the other, keyed and leaf by leaf: what is new or gone as a whole is one
 * change at its own path, and so is each new element of a keyed collection. Sorted by attribute name.
 */
export function diffDocuments(before: JsonObject, after: JsonObject): Change[] {
  const changes: Change[] = [];
  diffObjects(before, after, '', 1, changes);
  return changes;
}

function diffObjects(before: JsonObject, after: JsonObject, path: string, level: number, changes: Change[]): void {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of [...names].sort()) {
    diffValues(own(before, name), own(after, name), name, `${path}/${escapeToken(name)}`, level + 1, changes);
  }
}

function diffValues(
  before: Json | undefined,
  after: Json | undefined,
  attribute: string,
  path: string,
  level: number,
  changes: Change[],
): void {
  if (before === after) return;
  if (level <= DEPTH_LIMIT) {
    if (isObject(before) && isObject(after)) return diffObjects(before, after, path, level, changes);
    if (Array.isArray(after) && (before === undefined || Array.isArray(before))) {
      const list = before ?? [];
      const old = keyIndex(attribute, list);
      const now = keyIndex(attribute, after);
      if (old !== undefined && now !== undefined) {
        for (const [key, at] of old) {
          diffValues(list[at], after[now.get(key) ?? -1], attribute, `${path}/${escapeToken(key)}`, level + 1, changes);
        }
        for (const [key, to] of now) {
          if (!old.has(key)) changes.push({ path: `${path}/${escapeToken(key)}`, after: after[to] as Json });
        }
        return;
      }
    }
    if (after === undefined && Array.isArray(before) && before.length === 0 && isKeyedAttribute(attribute)) return;
  }
  if (sameValue(before, after, attribute)) return;
  changes.push({ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
}
