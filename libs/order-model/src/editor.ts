import { define, isObject, own } from './json.js';
import { collectionKey, elementWithKey, isKeyedAttribute, keyIndex } from './keys.js';
import { formatPath } from './paths.js';
import type { Change, Json, JsonObject } from './types.js';

/** A document under change. Containers are copied once, on their first write; what is not written is shared. */
export interface Editor {
  /** The document as it stands now. */
  doc(): JsonObject;
  /**
   * Puts `after` (nothing: removes) at the place `tokens` name, and gives the change this really made: its `before`
   * is what stood there, its path the highest that had to be made or replaced. Nothing if there was nothing to remove.
   */
  place(tokens: readonly string[], after: Json | undefined): Change | undefined;
}

interface Step {
  readonly container: JsonObject | Json[];
  readonly token: string;
  /** The collection's attribute when the container is a keyed collection. */
  readonly collection?: string;
}
type KeyIndex = Map<string, number> | undefined;

/** Opens a document for a batch of changes; the document itself is never written to. */
export function edit(original: JsonObject): Editor {
  let root = original;
  const fresh = new Set<object>();
  const indexes = new Map<Json[], KeyIndex>();

  const indexOf = (attribute: string | undefined, array: Json[]): KeyIndex => {
    if (!indexes.has(array)) indexes.set(array, keyIndex(attribute, array));
    return indexes.get(array);
  };

  const descend = (tokens: readonly string[]) => {
    const steps: Step[] = [];
    let current: Json | undefined = root;
    let attribute: string | undefined;
    for (const token of tokens) {
      if (isObject(current)) {
        steps.push({ container: current, token });
        current = own(current, token);
        attribute = token;
        continue;
      }
      const index: KeyIndex = Array.isArray(current) ? indexOf(attribute, current) : undefined;
      if (index === undefined) break;
      const collection = current as Json[];
      steps.push({ container: collection, token, collection: attribute as string });
      current = collection[index.get(token) ?? -1];
      attribute = undefined;
    }
    return { steps, current, attribute };
  };

  const writable = <T extends JsonObject | Json[]>(container: T): T => {
    if (fresh.has(container)) return container;
    const copy = (Array.isArray(container) ? container.slice() : { ...container }) as T;
    fresh.add(copy);
    return copy;
  };

  const writeElement = (array: Json[], attribute: string, key: string, value: Json | undefined): void => {
    const index = indexOf(attribute, array) as Map<string, number>;
    const position = index.get(key) ?? array.length;
    if (value === undefined) array.splice(position, 1);
    else array[position] = value;
    if (collectionKey(attribute, value ?? null) === key) index.set(key, position);
    else indexes.delete(array);
  };

  const write = (steps: readonly Step[], value: Json | undefined): void => {
    let child = value;
    for (const { container, token, collection } of steps.toReversed()) {
      const target = writable(container);
      if (Array.isArray(target)) writeElement(target, collection as string, token, child);
      else if (child === undefined) delete target[token];
      else define(target, token, child);
      // A collection goes with its last element.
      child = Array.isArray(target) && target.length === 0 ? undefined : target;
    }
    root = child as JsonObject;
  };

  const place = (tokens: readonly string[], after: Json | undefined): Change | undefined => {
    if (tokens.length === 0) {
      const before = root;
      root = isObject(after) ? after : {};
      return { path: '', before, after: root };
    }
    const { steps, current, attribute } = descend(tokens);
    if (steps.length === tokens.length) {
      if (current === undefined && after === undefined) return undefined;
      write(steps, after);
      return change(tokens, current, after);
    }
    if (after === undefined) return undefined;
    const depth = steps.length;
    const { collection, token } = steps[depth - 1] as Step;
    const built = build(tokens.slice(depth), attribute, after);
    const value = collection === undefined ? built : { ...elementWithKey(collection, token), ...(built as JsonObject) };
    write(steps, value);
    return current === undefined && Array.isArray(value)
      ? change(tokens.slice(0, depth + 1), undefined, value[0])
      : change(tokens.slice(0, depth), current, value);
  };

  return { doc: () => root, place };
}

function change(tokens: readonly string[], before: Json | undefined, after: Json | undefined): Change {
  return { path: formatPath(tokens), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** The subtree that holds `after` at `tokens`, to stand under `attribute` where nothing fitting stands yet. */
function build(tokens: readonly string[], attribute: string | undefined, after: Json): Json {
  const collections: (string | undefined)[] = [];
  let above = attribute;
  for (const token of tokens) {
    const collection = isKeyedAttribute(above) ? above : undefined;
    collections.push(collection);
    above = collection === undefined ? token : undefined;
  }
  let value = after;
  for (let i = tokens.length - 1; i >= 0; i -= 1) {
    const token = tokens[i] as string;
    const collection = collections[i];
    // An element is an object: what is none stands in an object that only shares its name with a collection.
    if (collection !== undefined && isObject(value)) {
      value = [i < tokens.length - 1 ? { ...elementWithKey(collection, token), ...value } : value];
    } else {
      const object: JsonObject = {};
      define(object, token, value);
      value = object;
    }
  }
  return value;
}
