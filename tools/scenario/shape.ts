import type { Json, JsonObject } from '#order-model';
import { isObject, KINDS, kindsOf, knownNames, namedBy, type StepKind } from './scenario.js';

/** What is wrong with a scenario file; `pointer` is a JSON Pointer into it. */
export interface ScenarioFault {
  readonly pointer: string;
  readonly detail: string;
}

type Kind = 'text' | 'count' | 'number' | 'object' | 'yes' | 'texts' | 'objects' | 'path' | 'action' | 'answer' | 'any';
type Members = Readonly<Record<string, Kind>>;

const TOP = ['title', 'order', 'steps', 'effective'];
const EFFECTIVE: Members = { revision: 'count', state: 'text', values: 'object' };

/** What any step that changes something may be expected to come to. */
const DONE: Members = {
  state: 'text',
  revision: 'count',
  sequence: 'count',
  version: 'count',
  problem: 'text',
  delta: 'object',
  plan: 'objects',
  price: 'objects',
  overwritten: 'texts',
  approvals: 'texts',
  charge: 'text',
};
const REASON: Members = { reason: 'text' };

interface Shape {
  readonly body: Kind;
  /** Members of the body, where it is not some service's own. */
  readonly members?: Members;
  readonly required?: readonly string[];
  /** Beside `name` and `expect`, what the step may carry. */
  readonly extras: Members;
  readonly expect: Members;
}

const NAMED: Shape = { body: 'text', extras: REASON, expect: DONE };
const SHAPES: Readonly<Record<StepKind, Shape>> = {
  supplement: { body: 'object', extras: {}, expect: DONE },
  amendment: { body: 'object', extras: { basedOnRevision: 'count', ifMatch: 'count', ...REASON }, expect: DONE },
  progress: { body: 'object', extras: {}, expect: DONE },
  cancel: { body: 'object', extras: {}, expect: DONE },
  approve: NAMED,
  decline: NAMED,
  accept: NAMED,
  withdraw: NAMED,
  revert: NAMED,
  resolve: {
    body: 'object',
    members: { supplement: 'text', action: 'action', changes: 'object' },
    required: ['supplement', 'action'],
    extras: REASON,
    expect: DONE,
  },
  preview: { body: 'object', extras: {}, expect: DONE },
  changeability: {
    body: 'object',
    members: { amend: 'object', cancel: 'object', add: 'answer' },
    extras: {},
    expect: { revision: 'count', state: 'text' },
  },
  asOf: { body: 'count', extras: {}, expect: { state: 'text', values: 'object', problem: 'text' } },
  diff: {
    body: 'object',
    members: { from: 'count', to: 'count' },
    required: ['from'],
    extras: {},
    expect: { delta: 'object', problem: 'text' },
  },
  provenance: { body: 'path', extras: {}, expect: { revision: 'count', problem: 'text' } },
  acknowledge: { body: 'object', extras: {}, expect: { state: 'text', lag: 'number', problem: 'text' } },
  lag: { body: 'object', extras: {}, expect: {} },
  verify: { body: 'yes', extras: {}, expect: { revision: 'count' } },
  rebuild: { body: 'yes', extras: {}, expect: { revision: 'count' } },
};

const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
const isText = (value: Json): boolean => typeof value === 'string' && value !== '';
const isWhole = (value: Json, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;

const FITS: Readonly<Record<Kind, { readonly says: string; readonly fits: (value: Json) => boolean }>> = {
  text: { says: 'a text that is not empty', fits: isText },
  count: { says: 'a whole number, 1 or more', fits: (value) => isWhole(value, 1) },
  number: { says: 'a whole number, 0 or more', fits: (value) => isWhole(value, 0) },
  object: { says: 'an object', fits: isObject },
  yes: { says: 'true', fits: (value) => value === true },
  texts: { says: 'a list of texts', fits: (value) => Array.isArray(value) && value.every(isText) },
  objects: { says: 'a list of objects', fits: (value) => Array.isArray(value) && value.every(isObject) },
  path: { says: 'a keyed path, such as /productOrderItem/1/quantity', fits: (value) => typeof value === 'string' && value.startsWith('/') },
  action: { says: 'apply, edit or drop', fits: (value) => value === 'apply' || value === 'edit' || value === 'drop' },
  answer: { says: 'true or the code of a problem', fits: (value) => value === true || isText(value) },
  any: { says: 'any value', fits: () => true },
};

function fault(kind: Kind, value: Json, pointer: string): ScenarioFault[] {
  return FITS[kind].fits(value) ? [] : [{ pointer, detail: `must be ${FITS[kind].says}` }];
}

function memberFaults(value: Json, members: Members, pointer: string, required: readonly string[] = []): ScenarioFault[] {
  if (!isObject(value)) return [{ pointer, detail: 'must be an object' }];
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => ({ pointer: `${pointer}/${name}`, detail: 'is missing' })),
    ...Object.entries(value).flatMap(([name, member]): ScenarioFault[] => {
      const kind = Object.hasOwn(members, name) ? members[name] : undefined;
      const at = `${pointer}/${escapeToken(name)}`;
      if (kind !== undefined) return fault(kind, member, at);
      const known = Object.keys(members).join(', ');
      return [{ pointer: at, detail: `is not a member known here; ${known === '' ? 'none is' : `known are ${known}`}` }];
    }),
  ];
}

/** Faults of an object whose names are keyed paths (`''` too, where the whole is meant). */
function pathFaults(value: Json | undefined, pointer: string, whole: boolean, kind: Kind = 'any'): ScenarioFault[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([path, member]) => {
    const at = `${pointer}/${escapeToken(path)}`;
    if (path.startsWith('/') || (whole && path === '')) return fault(kind, member, at);
    return [{ pointer: at, detail: 'a keyed path begins with "/", such as /productOrderItem/1/state' }];
  });
}

function bodyFaults(kind: StepKind, body: Json, pointer: string): ScenarioFault[] {
  const { members, required } = SHAPES[kind];
  if (!isObject(body)) return [];
  if (kind === 'lag') return Object.entries(body).flatMap(([name, behind]) => fault('number', behind, `${pointer}/${escapeToken(name)}`));
  if (members === undefined) return [];
  const wrong = memberFaults(body, members, pointer, required);
  if (kind !== 'changeability') return wrong;
  const { amend, cancel } = body;
  return [...wrong, ...pathFaults(amend, `${pointer}/amend`, false, 'answer'), ...pathFaults(cancel, `${pointer}/cancel`, true, 'answer')];
}

function expectFaults(kind: StepKind, expect: Json, pointer: string): ScenarioFault[] {
  const { values, delta } = isObject(expect) ? expect : {};
  return [
    ...memberFaults(expect, SHAPES[kind].expect, pointer),
    ...pathFaults(values, `${pointer}/values`, false),
    ...pathFaults(delta, `${pointer}/delta`, true),
  ];
}

function stepFaults(step: Json, pointer: string): ScenarioFault[] {
  if (!isObject(step)) return [{ pointer, detail: 'a step must be an object' }];
  const kinds = kindsOf(step);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const stranger = Object.keys(step).find((name) => name !== 'name' && name !== 'expect');
    if (kind !== undefined) return [{ pointer, detail: `a step does one thing, this one has ${kinds.join(' and ')}; make them two steps` }];
    const what = stranger === undefined ? 'says nothing to do' : `"${stranger}" is not a step that this version plays`;
    return [
      {
        pointer: stranger === undefined ? pointer : `${pointer}/${escapeToken(stranger)}`,
        detail: `${what}; it plays ${KINDS.join(', ')}`,
      },
    ];
  }
  const { expect, ...said } = step;
  const { body, extras } = SHAPES[kind];
  const members: Members = { [kind]: body, name: 'text', ...extras };
  return [
    ...memberFaults(said, members, pointer),
    ...bodyFaults(kind, step[kind] as Json, `${pointer}/${kind}`),
    ...(expect === undefined ? [] : expectFaults(kind, expect, `${pointer}/expect`)),
  ];
}

/** A step can only speak of one supplement that an earlier step made. */
function nameFaults(steps: readonly Json[]): ScenarioFault[] {
  const names = knownNames(steps);
  return steps.flatMap((step, index): ScenarioFault[] => {
    const named = isObject(step) ? namedBy(step) : undefined;
    if (named === undefined || typeof named.name !== 'string' || named.name === '') return [];
    const pointer = `/steps/${index}${named.pointer}`;
    const before = names.slice(0, index).filter((name) => name !== undefined);
    const found = before.filter((name) => name === named.name).length;
    if (found === 1) return [];
    if (found > 1) return [{ pointer, detail: `${found} steps before it make a supplement of this name; give them different names` }];
    const known = before.length === 0 ? 'there is none' : `there are ${before.join(', ')}`;
    return [{ pointer, detail: `no step before it makes a supplement of this name; ${known}` }];
  });
}

function effectiveFaults(effective: Json): ScenarioFault[] {
  const values = isObject(effective) ? effective.values : undefined;
  return [...memberFaults(effective, EFFECTIVE, '/effective'), ...pathFaults(values, '/effective/values', false)];
}

/** Everything that is wrong with the shape of a scenario; empty for one that can be played. */
export function scenarioFaults(document: Json): ScenarioFault[] {
  if (!isObject(document)) return [{ pointer: '', detail: 'a scenario must be an object with order and steps' }];
  const { title, order, steps, effective } = document;
  return [
    ...Object.keys(document)
      .filter((name) => !TOP.includes(name))
      .map((name) => ({ pointer: `/${escapeToken(name)}`, detail: `is not a member of a scenario; known are ${TOP.join(', ')}` })),
    ...(title === undefined ? [] : fault('text', title, '/title')),
    ...(isObject(order) ? orderFaults(order) : [{ pointer: '/order', detail: 'must be an order, or { "$file": "…" } naming one' }]),
    ...(Array.isArray(steps)
      ? [...steps.flatMap((step, index) => stepFaults(step, `/steps/${index}`)), ...nameFaults(steps)]
      : [{ pointer: '/steps', detail: 'must be a list of steps' }]),
    ...(effective === undefined ? [] : effectiveFaults(effective)),
  ];
}

function orderFaults(order: JsonObject): ScenarioFault[] {
  if (!Object.hasOwn(order, '$file')) return [];
  if (Object.keys(order).length > 1) return [{ pointer: '/order', detail: 'give "$file" or the order itself, not both' }];
  return typeof order.$file === 'string' && order.$file !== ''
    ? []
    : [{ pointer: '/order/$file', detail: 'must name a file, relative to the scenario' }];
}
