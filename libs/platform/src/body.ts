import { Body, type PipeTransform } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { invalidBody, MOST_FAULTS, type ProblemFault, pointerToken } from './problem.js';
import { isCertainlyValid, rulesOf } from './quick-check.js';
import { unstorable } from './unstorable.js';

/** A request body: its class-validator decorators are its rules, `nested` names the classes of its inner objects. */
export interface BodyClass<T extends object> {
  new (): T;
  readonly nested?: Readonly<Record<string, BodyClass<object>>>;
}

/** Most inner objects of one list: class-validator makes several objects of each, and millions fit into a body. */
const MOST_ELEMENTS = 10_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const attributes = new Map<BodyClass<object>, ReadonlySet<string>>();

/** The names that a class has rules for. Not class-validator's own whitelist: that lets `constructor` and `toString` in. */
function attributesOf(type: BodyClass<object>): ReadonlySet<string> {
  const known = attributes.get(type);
  if (known !== undefined) return known;
  const names = new Set(rulesOf(type).map(({ propertyName }) => propertyName));
  attributes.set(type, names);
  return names;
}

/**
 * An instance with the posted attributes as they are; what is `null` is left out, so that it means the same as absent.
 * Not class-transformer: it copies every value recursively, which costs most of the request and overflows the stack on
 * hostile nesting.
 */
function instantiate<T extends object>(type: BodyClass<T>, plain: Record<string, unknown>, pointer: string, faults: ProblemFault[]): T {
  const instance = new type();
  const known = attributesOf(type);
  for (const [name, value] of Object.entries(plain)) {
    // A million faults are found no faster than one at a time; whoever sent them is told of these.
    if (faults.length >= MOST_FAULTS) throw invalidBody(faults);
    const place = () => `${pointer}/${pointerToken(name)}`;
    if (!known.has(name)) {
      faults.push({ pointer: place(), code: 'unknown-attribute', detail: `${name} is not an attribute of this body; leave it out` });
    } else if (value !== null) {
      const inner = type.nested !== undefined && Object.hasOwn(type.nested, name) ? type.nested[name] : undefined;
      (instance as Record<string, unknown>)[name] = inner === undefined ? value : readInner(inner, value, place(), faults);
    }
  }
  return instance;
}

/** An inner object or a list of them; anything else inside a list is faulted here, so that class-validator never walks into it. */
function readInner(type: BodyClass<object>, value: unknown, pointer: string, faults: ProblemFault[]): unknown {
  if (isRecord(value)) return instantiate(type, value, pointer, faults);
  if (!Array.isArray(value)) return value;
  if (value.length > MOST_ELEMENTS) {
    throw invalidBody([{ pointer, code: 'too-many', detail: `holds ${value.length} elements; send at most ${MOST_ELEMENTS} at once` }]);
  }
  return value.map((element, index) => {
    if (isRecord(element)) return instantiate(type, element, `${pointer}/${index}`, faults);
    faults.push({ pointer: `${pointer}/${index}`, code: 'invalid-type', detail: 'must be an object' });
    return undefined;
  });
}

function brokenRules(errors: readonly ValidationError[], above: string): ProblemFault[] {
  return errors.flatMap((error) => {
    const pointer = `${above}/${pointerToken(error.property)}`;
    const own = Object.values(error.constraints ?? {}).map((detail) => ({ pointer, code: 'invalid-value', detail }));
    return [...own, ...brokenRules(error.children ?? [], pointer)];
  });
}

/** Reads and checks a body. @throws ProblemError 400 that lists every fault with its JSON Pointer. */
export function readBody<T extends object>(type: BodyClass<T>, plain: unknown): T {
  if (!isRecord(plain)) {
    throw invalidBody([{ pointer: '', code: 'invalid-type', detail: 'send a JSON object as application/json' }]);
  }
  const faults: ProblemFault[] = [];
  const body = instantiate(type, plain, '', faults);
  const errors = isCertainlyValid(body)
    ? []
    : validateSync(body, { forbidUnknownValues: false, validationError: { target: false, value: false } });
  const all = [...faults, ...brokenRules(errors, ''), ...unstorable(plain)];
  if (all.length > 0) throw invalidBody(all);
  return body;
}

/** Parameter decorator: the request's body, read and checked as `type`. */
export function CheckedBody<T extends object>(type: BodyClass<T>): ParameterDecorator {
  const pipe: PipeTransform<unknown, T> = { transform: (plain) => readBody(type, plain) };
  return Body(pipe);
}
