import type { Json, JsonObject } from '#order-model';

/**
 * Keyed documents as the checker understands them, from domain.md alone: slow, on plain copies, and sharing nothing
 * with the order model it checks.
 */
export interface Edit {
  readonly path: string;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  productOrderItem: ['id'],
  productCharacteristic: ['name'],
  milestone: ['name'],
  note: ['id'],
  relatedParty: ['role', 'id'],
};

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The key of an element of a collection; nothing where the collection is one atomic value. */
export function keyOf(collection: string, element: unknown): string | undefined {
  const names = KEYS[collection];
  if (names === undefined || !isObject(element)) return undefined;
  const parts = names.map((name) => element[name]);
  return parts.every((part) => typeof part === 'string') ? parts.join(':') : undefined;
}

/** `/a/b~1c` → `a`, `b/c`. */
export function tokensOf(path: string): string[] {
  return path === ''
    ? []
    : path
        .slice(1)
        .split('/')
        .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function pathOf(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** What stands at a keyed path. */
export function valueAt(document: Json, tokens: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  let collection = '';
  for (const token of tokens) {
    if (Array.isArray(value)) value = value.find((element) => keyOf(collection, element) === token);
    else value = isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
    collection = token;
  }
  return value;
}

/** Puts a value at a keyed path of a document of the caller's own, or removes what is there. What is missing on the way is made. */
export function put(document: JsonObject, tokens: readonly string[], after: Json | undefined): void {
  let holder: Json = document;
  let collection = '';
  tokens.forEach((token, at) => {
    const last = at === tokens.length - 1;
    if (Array.isArray(holder)) holder = putElement(holder, collection, token, last, after);
    else if (isObject(holder)) holder = putMember(holder, token, last, after, KEYS[token] !== undefined);
    collection = token;
  });
  dropEmpty(document, tokens);
}

function putMember(holder: JsonObject, token: string, last: boolean, after: Json | undefined, keyed: boolean): Json {
  if (!last) {
    holder[token] ??= keyed ? [] : {};
    return holder[token] as Json;
  }
  if (after === undefined) delete holder[token];
  else holder[token] = structuredClone(after);
  return null;
}

function putElement(holder: Json[], collection: string, token: string, last: boolean, after: Json | undefined): Json {
  const at = holder.findIndex((element) => keyOf(collection, element) === token);
  if (!last) {
    if (at < 0) holder.push({ [KEYS[collection]?.[0] ?? 'id']: token });
    return holder.at(at) as Json;
  }
  if (after === undefined) {
    if (at >= 0) holder.splice(at, 1);
  } else if (at < 0) holder.push(structuredClone(after));
  else holder[at] = structuredClone(after);
  return null;
}

/** A keyed collection goes with its last element. */
function dropEmpty(document: JsonObject, tokens: readonly string[]): void {
  const above = tokens.slice(0, -1);
  const holder = valueAt(document, above);
  const name = above.at(-1) ?? '';
  if (Array.isArray(holder) && holder.length === 0 && KEYS[name] !== undefined) put(document, above, undefined);
}

/** What a keyed merge patch changes, leaf by leaf. */
export function editsOf(document: Json | undefined, patch: JsonObject, at: readonly string[] = []): Edit[] {
  return Object.entries(patch).flatMap(([name, value]): Edit[] => {
    const place = [...at, name];
    const before = isObject(document) && Object.hasOwn(document, name) ? document[name] : undefined;
    if (value === null) return before === undefined ? [] : [{ path: pathOf(place), before }];
    if (isObject(value) && isObject(before)) return editsOf(before, value, place);
    if (Array.isArray(value) && value.length > 0 && value.every((element) => keyOf(name, element) !== undefined)) {
      return value.flatMap((element) => elementEdits(before, element as JsonObject, name, place));
    }
    return canonical(before ?? null) === canonical(value) ? [] : [{ path: pathOf(place), before, after: value }];
  });
}

function elementEdits(collection: Json | undefined, element: JsonObject, name: string, place: readonly string[]): Edit[] {
  const key = keyOf(name, element) as string;
  const before = Array.isArray(collection) ? collection.find((one) => keyOf(name, one) === key) : undefined;
  if (before !== undefined) return editsOf(before, element, [...place, key]);
  return [{ path: pathOf([...place, key]), after: element }];
}

/** The same text for documents that say the same: members by name, keyed elements by key. */
export function canonical(value: Json, name = ''): string {
  if (Array.isArray(value)) {
    const elements = value.map((element) => ({ key: keyOf(name, element), text: canonical(element) }));
    if (elements.every(({ key }) => key !== undefined)) elements.sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
    return `[${elements.map(({ text }) => text).join()}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((member) => `${JSON.stringify(member)}:${canonical(value[member] as Json, member)}`).join()}}`;
}
