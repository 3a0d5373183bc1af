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

  const indexOf = (attribute: string, array: Json[]): KeyIndex => {
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
      const index: KeyIndex = Array.isArray(current) && attribute !== undefined ? indexOf(attribute, current) : undefined;
      if (!Array.isArray(current) || attribute === undefined || index === undefined) break;
      steps.push({ container: current, token, collection: attribute });
      const position = index.get(token);
      current = position === undefined ? undefined : current[position];
      attribute = undefined;
    }
    return { steps, current, attribute };
  };

  const writable = <T extends JsonObject | Json[]>(container: T): T => {
    if (fresh.has(container)) return container;
    const copy = (Array.isArray(container) ? container.slice() : { ...container }) as T;
    fresh.add(copy);
    if (Array.isArray(container) && Array.isArray(copy) && indexes.has(container)) {
      indexes.set(copy, indexes.get(container));
      indexes.delete(container);
    }
    return copy;
  };

  const writeElement = (array: Json[], attribute: string, key: string, value: Json | undefined): void => {
    const index = indexOf(attribute, array);
    const position = index?.get(key);
    if (value === undefined) {
      if (position !== undefined) array.splice(position, 1);
      indexes.delete(array);
      return;
    }
    if (position === undefined) array.push(value);
    else array[position] = value;
    if (collectionKey(attribute, value) === key) index?.set(key, position ?? array.length - 1);
    else indexes.delete(array);
  };

  const write = (steps: readonly Step[], value: Json | undefined): void => {
    let child = value;
    for (let i = steps.length - 1; i >= 0; i -= 1) {
      const step = steps[i] as Step;
      const inPlace = fresh.has(step.container);
      const target = writable(step.container);
      let emptied = false;
      if (Array.isArray(target)) {
        writeElement(target, step.collection as string, step.token, child);
        emptied = target.length === 0;
      } else if (child === undefined) {
        delete target[step.token];
      } else {
        define(target, step.token, child);
      }
      // A collection goes with its last element; an element's own key may have changed, so its collection is told.
      if (inPlace && !emptied && steps[i - 1]?.collection === undefined) return;
      child = emptied ? undefined : target;
      if (i === 0) root = target as JsonObject;
    }
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
    const last = steps[depth - 1];
    const built = build(tokens.slice(depth), attribute, after);
    const value = last?.collection !== undefined && isObject(built) ? { ...elementWithKey(last.collection, last.token), ...built } : built;
    write(steps, value);
    return current === undefined && Array.isArray(value) && attribute !== undefined && isKeyedAttribute(attribute)
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
    const collection = above !== undefined && isKeyedAttribute(above) ? above : undefined;
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
