import type { Json, JsonObject } from '#order-model';

/** What a step should come to; only what is named is compared. */
export interface Expectation {
  /** A supplement's state (`merged`, `held`, `rejected`); of the other steps the order's state in the revision they made. */
  readonly state?: string;
  readonly revision?: number;
  /** The supplement's place in its order's line. */
  readonly sequence?: number;
  /** The base order's version that an amendment, progress report or cancellation made. */
  readonly version?: number;
  /** Code of a refusal at the door, of a rejection or hold at the merge, or of a part that could not apply. */
  readonly problem?: string;
}

interface StepOf<K extends string> {
  readonly kind: K;
  readonly name?: string;
  readonly expect?: Expectation;
}
export interface SupplementStep extends StepOf<'supplement'> {
  readonly body: JsonObject;
}
export interface AmendmentStep extends StepOf<'amendment'> {
  /** The keyed merge patch of TMF622 PATCH. */
  readonly body: JsonObject;
  readonly basedOnRevision?: number;
  readonly reason?: string;
}
export interface ProgressStep extends StepOf<'progress'> {
  readonly body: JsonObject;
}
export interface CancelStep extends StepOf<'cancel'> {
  /** cancelProductOrder without the order it names. */
  readonly body: JsonObject;
}
export type Step = SupplementStep | AmendmentStep | ProgressStep | CancelStep;
export type StepKind = Step['kind'];

export interface EffectiveExpectation {
  readonly revision?: number;
  readonly state?: string;
  /** Keyed path → the value that stands there; `null`: nothing does. */
  readonly values?: Readonly<Record<string, Json>>;
}

export interface Scenario {
  readonly title?: string;
  readonly order: JsonObject;
  readonly steps: readonly Step[];
  readonly effective?: EffectiveExpectation;
}

/** What is wrong with a scenario file; `pointer` is a JSON Pointer into it. */
export interface ScenarioFault {
  readonly pointer: string;
  readonly detail: string;
}

type Kind = 'text' | 'count' | 'object';
type Members = Readonly<Record<string, Kind>>;

const TOP = ['title', 'order', 'steps', 'effective'];
const EXPECT: Members = { state: 'text', revision: 'count', sequence: 'count', version: 'count', problem: 'text' };
const EFFECTIVE: Members = { revision: 'count', state: 'text', values: 'object' };
/** Beside `name` and `expect`, what a step of each kind may carry. */
const EXTRAS: Readonly<Record<StepKind, Members>> = {
  supplement: {},
  amendment: { basedOnRevision: 'count', reason: 'text' },
  progress: {},
  cancel: {},
};
const KINDS = Object.keys(EXTRAS) as StepKind[];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
const inWords: Readonly<Record<Kind, string>> = {
  text: 'a text that is not empty',
  count: 'a whole number, 1 or more',
  object: 'an object',
};

function fits(kind: Kind, value: Json): boolean {
  if (kind === 'text') return typeof value === 'string' && value !== '';
  if (kind === 'count') return Number.isSafeInteger(value) && (value as number) >= 1;
  return isObject(value);
}

function memberFaults(value: Json, members: Members, pointer: string): ScenarioFault[] {
  if (!isObject(value)) return [{ pointer, detail: 'must be an object' }];
  return Object.entries(value).flatMap(([name, member]): ScenarioFault[] => {
    const kind = Object.hasOwn(members, name) ? members[name] : undefined;
    const at = `${pointer}/${escapeToken(name)}`;
    if (kind === undefined) return [{ pointer: at, detail: `is not a member known here; known are ${Object.keys(members).join(', ')}` }];
    return fits(kind, member) ? [] : [{ pointer: at, detail: `must be ${inWords[kind]}` }];
  });
}

function stepFaults(step: Json, pointer: string): ScenarioFault[] {
  if (!isObject(step)) return [{ pointer, detail: 'a step must be an object' }];
  const kinds = KINDS.filter((kind) => Object.hasOwn(step, kind));
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
  const members: Members = { [kind]: 'object', name: 'text', ...EXTRAS[kind] };
  return [
    ...memberFaults(said, { ...members, expect: 'object' }, pointer),
    ...(expect === undefined ? [] : memberFaults(expect, EXPECT, `${pointer}/expect`)),
  ];
}

function effectiveFaults(effective: Json): ScenarioFault[] {
  const values = isObject(effective) && isObject(effective.values) ? Object.keys(effective.values) : [];
  const paths = values.filter((path) => !path.startsWith('/'));
  return [
    ...memberFaults(effective, EFFECTIVE, '/effective'),
    ...paths.map((path) => ({
      pointer: `/effective/values/${escapeToken(path)}`,
      detail: 'a keyed path begins with "/", such as /productOrderItem/1/state',
    })),
  ];
}

/** Everything that is wrong with the shape of a scenario; empty for one that can be played. */
export function scenarioFaults(document: Json): ScenarioFault[] {
  if (!isObject(document)) return [{ pointer: '', detail: 'a scenario must be an object with order and steps' }];
  const { title, order, steps, effective } = document;
  return [
    ...Object.keys(document)
      .filter((name) => !TOP.includes(name))
      .map((name) => ({ pointer: `/${escapeToken(name)}`, detail: `is not a member of a scenario; known are ${TOP.join(', ')}` })),
    ...(title === undefined || fits('text', title) ? [] : [{ pointer: '/title', detail: `must be ${inWords.text}` }]),
    ...(isObject(order) ? orderFaults(order) : [{ pointer: '/order', detail: 'must be an order, or { "$file": "…" } naming one' }]),
    ...(Array.isArray(steps)
      ? steps.flatMap((step, index) => stepFaults(step, `/steps/${index}`))
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

function stepOf(step: JsonObject): Step {
  const kind = KINDS.find((one) => Object.hasOwn(step, one)) as StepKind;
  const { [kind]: body, ...said } = step;
  return { ...said, kind, body: body as JsonObject } as unknown as Step;
}

/** The scenario that a document without faults says, with the order it names already read. */
export function scenarioOf(document: JsonObject, order: JsonObject): Scenario {
  const { order: _named, steps, ...said } = document;
  return { ...said, order, steps: (steps as JsonObject[]).map(stepOf) };
}
