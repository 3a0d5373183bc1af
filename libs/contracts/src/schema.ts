/** The subset of JSON Schema (draft 2020-12) the published language is written in. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export const text: Schema = { type: 'string', minLength: 1 };
export const instant: Schema = { type: 'string', format: 'date-time' };
export const counter: Schema = { type: 'integer', minimum: 0 };
export const json: Schema = { type: 'object' };

/** An object schema: `required` are all of `properties` but those in `optional`; unknown attributes are allowed (additive change). */
export function object(properties: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional } };
}

export const list = (items: Schema): Schema => ({ type: 'array', items });

export const reason: Schema = object({}, { code: text, text: { type: 'string' } });

/** A keyed path (RFC 6901): empty, or beginning with a slash. Not `/.*`, which refuses a line feed in an attribute's name. */
export const path: Schema = { type: 'string', pattern: '^(/|$)' };

export const change: Schema = object({ path }, { before: {}, after: {} });

export const problem: Schema = object({ code: text, detail: text }, { path, itemId: { type: 'string' } });
