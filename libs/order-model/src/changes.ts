import { edit } from './editor.js';
import { isObject, own } from './json.js';
import { keyIndex } from './keys.js';
import { parsePath } from './paths.js';
import type { Change, Json, JsonObject } from './types.js';

/**
 * The document with the changes applied in their order. Total: a missing parent is made, one that cannot hold the path
 * is replaced, removing what is not there does nothing; a keyed collection goes with its last element.
 */
export function applyChanges(doc: JsonObject, changes: readonly Change[]): JsonObject {
  if (changes.length === 0) return doc;
  const editor = edit(doc);
  for (const change of changes) editor.place(parsePath(change.path), change.after);
  return editor.doc();
}

/** The changes that take back these: in reverse order, `before` and `after` swapped. */
export function invert(changes: readonly Change[]): Change[] {
  return changes.toReversed().map(({ path, before, after }) => ({
    path,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
  }));
}

/** What stands at a keyed path, or nothing. `''` is the document itself. */
export function valueAt(doc: Json, path: string): Json | undefined {
  return valueAtTokens(doc, parsePath(path));
}

/** As `valueAt`, with the path already in tokens. */
export function valueAtTokens(doc: Json | undefined, tokens: readonly string[]): Json | undefined {
  let current: Json | undefined = doc;
  let attribute: string | undefined;
  for (const token of tokens) {
    if (isObject(current)) {
      current = own(current, token);
      attribute = token;
    } else {
      current = Array.isArray(current) ? current[keyIndex(attribute, current)?.get(token) ?? -1] : undefined;
      attribute = undefined;
    }
  }
  return current;
}
