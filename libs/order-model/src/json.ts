import type { Json, JsonObject } from './types.js';

/** True for a JSON object (not `null`, not an array). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value under `name` if the object itself has it; names such as `constructor` are plain data. */
export function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Writes `name` as plain data into an object this code has just made; `__proto__` becomes an own property, not a prototype. */
export function define(target: JsonObject, name: string, value: Json): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** A copy without the named attributes. */
export function without(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const name of Object.keys(object)) if (!names.has(name)) define(rest, name, object[name] as Json);
  return rest;
}

/** Order, of two that are not equal, by UTF-16 code units: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Attribute names in one fixed order, that of `byText`: a store may give an object's members back in another order than it took them. @param among only these */
export function sortedNames(object: JsonObject, among?: ReadonlySet<string>): string[] {
  const all = Object.keys(object);
  const names = among === undefined ? all : all.filter((name) => among.has(name));
  // To sort even one name allocates more than its list does.
  return names.length < 2 ? names : names.sort();
}

/** A non-empty string, else nothing. */
export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Plain equality of two JSON values, array order included; iterative, so no depth overflows the stack. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  const pending: [Json | undefined, Json | undefined][] = [[a, b]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (Array.isArray(left)) {
      if (!Array.isArray(right) || left.length !== right.length) return false;
      for (let i = 0; i < left.length; i += 1) pending.push([left[i], right[i]]);
    } else if (isObject(left)) {
      if (!isObject(right)) return false;
      const names = Object.keys(left);
      if (names.length !== Object.keys(right).length) return false;
      for (const name of names) {
        if (!Object.hasOwn(right, name)) return false;
        pending.push([left[name], right[name]]);
      }
    } else {
      return false;
    }
  }
  return true;
}
