import type { Json, JsonObject } from '#order-model';

/** What a step should come to; only what is named is compared. */
export interface Expectation {
  /**
   * Of a step about a supplement the supplement's state (`merged`, `held`, `rejected`, `pendingApproval`, `declined`, `withdrawn`,
   * `reverted`); of a preview what would become of it; of an amendment, progress report or cancellation the order's.
   */
  readonly state?: string;
  /** The revision it made; of a check the one it looked at. */
  readonly revision?: number;
  /** The supplement's place in its order's line. */
  readonly sequence?: number;
  /** The base order's version that an amendment, progress report or cancellation made. */
  readonly version?: number;
  /** Code of a refusal at the door, of a rejection or hold at the merge, or of a part that could not apply. */
  readonly problem?: string;
  /** The whole delta: keyed path → what stands there after it, `null` for nothing. */
  readonly delta?: Readonly<Record<string, Json>>;
  /** The whole plan in its order; of each entry the members that are named. */
  readonly plan?: readonly JsonObject[];
  /** All that the price moved by, in its order; of each total the members that are named. */
  readonly price?: readonly JsonObject[];
  /** All paths that were overwritten unseen. */
  readonly overwritten?: readonly string[];
  /** Names of the approvals that the supplement needs. */
  readonly approvals?: readonly string[];
  /** State of the answer to the supplement's charge. */
  readonly charge?: string;
  /** Revisions that the consumer is behind. */
  readonly lag?: number;
  /** Keyed path → the value that stood there; `null`: nothing did. */
  readonly values?: Readonly<Record<string, Json>>;
}

interface StepOf<K extends string, B extends Json> {
  readonly kind: K;
  readonly name?: string;
  readonly expect?: Expectation;
  readonly body: B;
}
export interface SupplementStep extends StepOf<'supplement', JsonObject> {
  /** What other steps call the supplement by. */
  readonly known: string;
}
export interface AmendmentStep extends StepOf<'amendment', JsonObject> {
  readonly basedOnRevision?: number;
  /** The version it was written against. */
  readonly ifMatch?: number;
  readonly reason?: string;
}
export type ProgressStep = StepOf<'progress', JsonObject>;
/** cancelProductOrder without the order it names. */
export type CancelStep = StepOf<'cancel', JsonObject>;

/** Something done about the supplement of an earlier step, which the body names. */
export interface AnswerStep extends StepOf<'approve' | 'decline' | 'accept' | 'withdraw', string> {
  readonly reason?: string;
}
export interface RevertStep extends StepOf<'revert', string> {
  readonly reason?: string;
}
/** `{ supplement, action, changes? }` */
export interface ResolveStep extends StepOf<'resolve', JsonObject> {
  readonly reason?: string;
}

/** A supplement that is looked at and not submitted. */
export type PreviewStep = StepOf<'preview', JsonObject>;
/** `{ amend?: { path: true | code }, cancel?: { path: true | code }, add?: true | code }` */
export type ChangeabilityStep = StepOf<'changeability', JsonObject>;
/** The order as of a revision. */
export type AsOfStep = StepOf<'asOf', number>;
/** `{ from, to? }` */
export type DiffStep = StepOf<'diff', JsonObject>;
/** Who set a keyed path last. */
export type ProvenanceStep = StepOf<'provenance', string>;
/** `{ consumer, revision, status, reason? }` */
export type AcknowledgeStep = StepOf<'acknowledge', JsonObject>;
/** `{ consumer: revisions behind }` */
export type LagStep = StepOf<'lag', JsonObject>;
export type VerifyStep = StepOf<'verify' | 'rebuild', true>;

/** A step that only looks, or changes nothing of the order. */
export type CheckStep = PreviewStep | ChangeabilityStep | AsOfStep | DiffStep | ProvenanceStep | AcknowledgeStep | LagStep | VerifyStep;
/** A step about the supplement of an earlier one. */
export type LifeCycleStep = AnswerStep | RevertStep | ResolveStep;
export type Step = SupplementStep | AmendmentStep | ProgressStep | CancelStep | LifeCycleStep | CheckStep;
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

export const KINDS: readonly StepKind[] = [
  'supplement',
  'amendment',
  'progress',
  'cancel',
  'approve',
  'decline',
  'accept',
  'withdraw',
  'revert',
  'resolve',
  'preview',
  'changeability',
  'asOf',
  'diff',
  'provenance',
  'acknowledge',
  'lag',
  'verify',
  'rebuild',
];

/** Steps that make no revision. */
export const CHECKS: ReadonlySet<StepKind> = new Set<StepKind>([
  'preview',
  'changeability',
  'asOf',
  'diff',
  'provenance',
  'acknowledge',
  'lag',
  'verify',
  'rebuild',
]);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a step as written does, where it does one thing. */
export function kindsOf(step: JsonObject): StepKind[] {
  return KINDS.filter((kind) => Object.hasOwn(step, kind));
}

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';

/**
 * What other steps call the supplement by that each step makes: the step's name; of a supplement without one its
 * `externalId`, or its place among the supplements of the scenario, from "1".
 */
export function knownNames(steps: readonly Json[]): (string | undefined)[] {
  let place = 0;
  return steps.map((step) => {
    if (!isObject(step)) return undefined;
    const { name, supplement, revert } = step;
    if (supplement !== undefined) place += 1;
    if (supplement === undefined && revert === undefined) return undefined;
    if (isText(name)) return name;
    if (supplement === undefined) return undefined;
    return isObject(supplement) && isText(supplement.externalId) ? supplement.externalId : String(place);
  });
}

/** The name of the supplement that a step as written is about, if it is about one. */
export function namedBy(step: JsonObject): { readonly name: Json | undefined; readonly pointer: string } | undefined {
  const [kind] = kindsOf(step);
  switch (kind) {
    case 'approve':
    case 'decline':
    case 'accept':
    case 'withdraw':
    case 'revert':
      return { name: step[kind], pointer: `/${kind}` };
    case 'resolve': {
      const { resolve } = step;
      return { name: isObject(resolve) ? resolve.supplement : undefined, pointer: '/resolve/supplement' };
    }
    default:
      return undefined;
  }
}

function stepOf(step: JsonObject, known: string | undefined): Step {
  const kind = kindsOf(step)[0] as StepKind;
  const { [kind]: body, ...said } = step;
  return { ...said, kind, body, ...(kind === 'supplement' ? { known } : {}) } as unknown as Step;
}

/** The scenario that a document without faults says, with the order it names already read. */
export function scenarioOf(document: JsonObject, order: JsonObject): Scenario {
  const { order: _named, steps, ...said } = document;
  const names = knownNames(steps as Json[]);
  return { ...said, order, steps: (steps as JsonObject[]).map((step, index) => stepOf(step, names[index])) };
}
