import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { EVENT_NAMES, fixture } from '../fixtures/index.js';
import { type EventName, eventName, eventOwners, eventSchemas, eventType, faultOfEvent } from './events.js';
import type { Schema } from './schema.js';

type Data = Record<string, unknown>;

const dataOf = (name: EventName): Data => fixture(name) as unknown as Data;
const faultOf = (name: EventName, data: unknown): string | undefined => faultOfEvent({ type: eventType(name), data });

/** A place inside an event where its schema says something: `name` of the object at `path`. */
interface Place {
  readonly event: EventName;
  readonly path: readonly string[];
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Every attribute of a schema, at every depth; of a list, those of its first element. */
function places(event: EventName, schema: Schema, path: readonly string[] = []): Place[] {
  const {
    properties = {},
    required = [],
    items,
  } = schema as {
    properties?: Record<string, Schema>;
    required?: readonly string[];
    items?: Schema;
  };
  if (items !== undefined) return places(event, items, [...path, '0']);
  return Object.entries(properties).flatMap(([name, inner]) => [
    { event, path, name, schema: inner, required: required.includes(name) },
    ...places(event, inner, [...path, name]),
  ]);
}

const ALL = EVENT_NAMES.flatMap((name) => places(name, eventSchemas[name]));
const REQUIRED = ALL.filter(({ required }) => required);
const TYPED = ALL.filter(({ schema }) => Object.keys(schema).length > 0);
const title = ({ event, path, name }: Place): [string, string] => [event, ['', ...path, name].join('/')];

/** The object at `path`, made where the fixture leaves an optional one out. */
function parentOf(data: Data, path: readonly string[]): Data {
  return path.reduce((parent, step) => {
    parent[step] ??= {};
    return parent[step] as Data;
  }, data);
}

/** A value that no attribute of the language may have, whatever its type: all of them are text, number, flag, list or object. */
function wrongFor(schema: Schema): unknown {
  const types = [schema.type].flat();
  return types.includes('object') || types.includes('array') ? 7 : { not: 'this' };
}

describe('every event of the published language', () => {
  it('has one fixture, and no fixture is of another event', () => {
    const files = readdirSync(new URL('../fixtures', import.meta.url)).filter((file) => file.endsWith('.json'));
    expect(files.sort()).toEqual(EVENT_NAMES.map((name) => `${name}.json`).sort());
  });

  it.each(EVENT_NAMES)('%s: its schema takes its fixture', (name) => {
    expect(faultOf(name, fixture(name))).toBeUndefined();
  });

  it.each(EVENT_NAMES)('%s: attributes that a later version adds pass', (name) => {
    const data = dataOf(name);
    for (const { path, required } of places(name, eventSchemas[name]))
      if (required) parentOf(data, path)['addedLater'] = [{ some: 'thing' }];
    expect(faultOf(name, data)).toBeUndefined();
  });

  it.each(EVENT_NAMES)('%s: a body that is no object is refused', (name) => {
    for (const data of [null, undefined, [], 'text', 7]) expect(faultOf(name, data)).toContain('the body must be object');
  });

  it.each(REQUIRED.map((place) => [...title(place), place] as const))('%s without %s is refused with its place', (_event, _path, place) => {
    const data = dataOf(place.event);
    delete parentOf(data, place.path)[place.name];
    const where = place.path.length === 0 ? 'the body' : `/${place.path.join('/')}`;
    expect(faultOf(place.event, data)).toBe(
      `the data of ${eventType(place.event)} does not fit its schema: ${where} must have required property '${place.name}'`,
    );
  });

  it.each(TYPED.map((place) => [...title(place), place] as const))('%s with a %s of a wrong type is refused', (_event, path, place) => {
    const data = dataOf(place.event);
    parentOf(data, place.path)[place.name] = wrongFor(place.schema);
    expect(faultOf(place.event, data)).toContain(`${path} must be`);
    parentOf(data, place.path)[place.name] = null;
    expect(faultOf(place.event, data)).toContain(`${path} must be`);
  });

  it('belongs to the service that tells of it', () => {
    expect(eventOwners).toEqual({
      'merge.settled': 'merger-worker',
      'order.created': 'order-service',
      'order.amended': 'order-service',
      'order.progressed': 'order-service',
      'supplement.submitted': 'supp-service',
      'supplement.accepted': 'supp-service',
      'supplement.declined': 'supp-service',
      'supplement.expired': 'supp-service',
      'supplement.withdrawn': 'supp-service',
      'effective-order.revised': 'merger-worker',
      'effective-order.acknowledged': 'merger-worker',
      'supplement.merged': 'merger-worker',
      'supplement.held': 'merger-worker',
      'supplement.rejected': 'merger-worker',
    });
  });
});

describe('an event that the door let in', () => {
  it.each(['/a\nb', '', '/', '/~0~1/\u2028'])('may change the path %j', (path) => {
    expect(faultOf('order.amended', { ...dataOf('order.amended'), delta: [{ path, after: 1 }] })).toBeUndefined();
  });

  it('may not change a path that is no JSON Pointer', () => {
    expect(faultOf('order.amended', { ...dataOf('order.amended'), delta: [{ path: 'note', after: 1 }] })).toContain(
      '/delta/0/path must match',
    );
  });

  it('may have a charge that is due on a date without a time', () => {
    const charge = { category: 'expedite', responseDueDate: '2027-01-20' };
    expect(faultOf('supplement.accepted', { ...dataOf('supplement.accepted'), charge })).toBeUndefined();
  });

  it('may change a value to or from null', () => {
    expect(faultOf('order.amended', { ...dataOf('order.amended'), delta: [{ path: '/a', before: null, after: null }] })).toBeUndefined();
  });
});

describe('faultOfEvent', () => {
  it.each(['io.supping.order.created.v2', 'order.created', 'io.supping.constructor.v1', '__proto__', ''])(
    'given the unknown type %j, names it',
    (type) => {
      expect(faultOfEvent({ type, data: {} })).toBe(`event type ${type} is not one this service knows`);
      expect(eventName(type)).toBeUndefined();
    },
  );

  it('given very many faults, tells of the first ten and counts the rest', () => {
    const delta = Array.from({ length: 50_000 }, () => 7);
    const fault = faultOf('order.amended', { ...dataOf('order.amended'), delta });
    expect(fault).toContain('/delta/9 must be object; and 49990 more');
    expect(fault?.length).toBeLessThan(1_000);
  });
});
