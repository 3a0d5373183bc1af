import { type Change, canonical, type Json, type JsonObject, type PlanEntry, type PriceTotal, parsePath, valueAt } from '#order-model';
import type { EffectiveExpectation, Expectation, StepKind } from './scenario.js';
import type { Refusal } from './services.js';

/** One thing that is not as expected; both sides as they are to be printed. */
export interface Difference {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

/** What one step came to. */
export interface StepOutcome {
  readonly kind: StepKind;
  /** A supplement's also `rejected` where the door refused it; empty where the step says nothing of one. */
  readonly state: string;
  readonly revision?: number;
  readonly sequence?: number;
  readonly version?: number;
  /** Refused at the door, refused or held at the merge; absent where it took effect. */
  readonly refusedAt?: 'door' | 'merge';
  /** Why it was refused or held, or what of it could not apply. */
  readonly problems: readonly Refusal[];
  /** Who a supplement waits for, as `name (party)`. */
  readonly waitsFor?: readonly string[];
  /** Names of the approvals that it needs or needed. */
  readonly approvals?: readonly string[];
  /** State of the answer to its charge. */
  readonly charge?: string;
  /** Of the revision it made, of the one a preview says it would make, or of a diff. */
  readonly delta?: readonly Change[];
  readonly plan?: readonly PlanEntry[];
  /** What the price moved by. */
  readonly price?: readonly PriceTotal[];
  readonly overwritten?: readonly string[];
  /** Revisions that a consumer is behind. */
  readonly lag?: number;
  /** The order that a check has read. */
  readonly order?: Json;
  /** What a check has found to be otherwise than its step says. */
  readonly found?: readonly Difference[];
}

/** The effective order as it reads. */
export interface EffectiveView {
  readonly revision: number;
  readonly state: string;
  readonly order: Json;
}

const NOTHING = 'nothing';

function inJson(value: Json | undefined): string {
  return value === undefined ? NOTHING : JSON.stringify(value);
}

/** Equality as the order model has it: members in any order, keyed collections by key. `attribute` is what the value stands under. */
export function same(a: Json | undefined, b: Json | undefined, attribute: string): boolean {
  if (a === undefined || b === undefined) return a === b;
  return JSON.stringify(canonical({ [attribute]: a })) === JSON.stringify(canonical({ [attribute]: b }));
}

/** Problems as one line: `code: detail; code: detail`. */
export function inOneLine(problems: readonly Refusal[]): string {
  return problems.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
}

/** States in which a supplement is that is merged, if only for a while. */
const MERGED: ReadonlySet<string> = new Set(['merged', 'reverted']);
/** Steps that put a supplement into the line, or ask what would come of that. */
const SUBMITS: ReadonlySet<StepKind> = new Set(['supplement', 'revert', 'preview']);

/** A refusal, or a supplement that waits, where nobody spoke of either. */
function surprise({ state, problem }: Expectation, outcome: StepOutcome): Difference | undefined {
  const { kind, refusedAt, problems, waitsFor } = outcome;
  const submits = SUBMITS.has(kind);
  const unmerged = submits && !MERGED.has(outcome.state);
  if (problem !== undefined || (refusedAt === undefined && !unmerged)) return undefined;
  // What is done about a supplement can be refused whatever state that is in; only a code says that this was meant.
  const meant = state === outcome.state && (submits || refusedAt !== 'door');
  if (meant) return undefined;
  const why = waitsFor === undefined ? inOneLine(problems) : `waits for ${waitsFor.join(', ')}`;
  return {
    what: 'outcome',
    expected: state ?? (submits ? 'merged' : 'no refusal'),
    got: `${outcome.state}${why === '' ? '' : ` (${why})`}`,
  };
}

/** The new supplement of a revert is merged where the old one is reverted; either says that it took effect. */
function sameState(expected: string, { kind, state }: StepOutcome): boolean {
  return expected === state || (kind === 'revert' && state === 'reverted' && expected === 'merged');
}

/** What of a step's outcome is not as expected; a refusal that nobody expected is a difference too. */
export function stepDifferences(expect: Expectation | undefined, outcome: StepOutcome): Difference[] {
  const { state, problem, values, delta, plan, price, overwritten, approvals } = expect ?? {};
  const { problems } = outcome;
  const found: Difference[] = [...(outcome.found ?? [])];
  if (problem !== undefined && !problems.some(({ code }) => code === problem)) {
    found.push({ what: 'problem', expected: problem, got: problems.length === 0 ? 'no problem' : inOneLine(problems) });
  }
  const unexpected = surprise(expect ?? {}, outcome);
  if (unexpected !== undefined) found.push(unexpected);
  else if (state !== undefined && !sameState(state, outcome)) found.push({ what: 'state', expected: state, got: outcome.state });
  for (const name of ['revision', 'sequence', 'version', 'charge', 'lag'] as const) {
    const [expected, got] = [expect?.[name], outcome[name]];
    if (expected !== undefined && expected !== got) found.push({ what: name, expected: String(expected), got: String(got ?? NOTHING) });
  }
  if (delta !== undefined) found.push(...deltaDifferences(delta, outcome.delta ?? []));
  if (plan !== undefined) found.push(...listDifferences('plan', plan, asObjects(outcome.plan), PLAN_SHOWN));
  if (price !== undefined) found.push(...listDifferences('price', price, asObjects(outcome.price), PRICE_SHOWN));
  for (const [what, expected] of Object.entries({ overwritten, approvals })) {
    const got = outcome[what as 'overwritten' | 'approvals'] ?? [];
    if (expected !== undefined && !same([...expected], [...got], what))
      found.push({ what, expected: inWords(expected), got: inWords(got) });
  }
  return values === undefined ? found : [...found, ...valueDifferences(values, outcome.order ?? {})];
}

const inWords = (texts: readonly string[]): string => texts.join(', ') || 'none';
const asObjects = (list: readonly unknown[] | undefined): JsonObject[] => (list ?? []) as JsonObject[];
const PLAN_SHOWN = ['itemId', 'action', 'compensation'];
const PRICE_SHOWN = ['priceType', 'unit', 'period', 'amount', 'value'];

function only(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, object[name] as Json]));
}

/** Lists of the same length in which each expected entry is part of the one that came. */
function listDifferences(
  what: string,
  expected: readonly JsonObject[],
  got: readonly JsonObject[],
  shown: readonly string[],
): Difference[] {
  const fits = (one: JsonObject, index: number): boolean => same(one, only(got[index] ?? {}, Object.keys(one)), what);
  if (expected.length === got.length && expected.every(fits)) return [];
  const names = expected.length === 0 ? shown : [...new Set(expected.flatMap((one) => Object.keys(one)))];
  return [{ what, expected: JSON.stringify(expected), got: JSON.stringify(got.map((one) => only(one, names))) }];
}

/** The whole of a delta, each path by what stands there after it. */
function deltaDifferences(expected: Readonly<Record<string, Json>>, got: readonly Change[]): Difference[] {
  const left = new Map(got.map(({ path, after }) => [path, after]));
  const found: Difference[] = [];
  for (const [path, wanted] of Object.entries(expected)) {
    const what = `delta ${path || '(the order)'}`;
    const after = left.get(path);
    const there = left.delete(path);
    if (!there) found.push({ what, expected: wanted === null ? 'removed' : inJson(wanted), got: 'no change' });
    else if (!equal(wanted, after, path)) found.push({ what, expected: wanted === null ? NOTHING : inJson(wanted), got: inJson(after) });
  }
  for (const [path, after] of left) found.push({ what: `delta ${path || '(the order)'}`, expected: 'no change', got: inJson(after) });
  return found;
}

/** Whether a value is as expected; `null` expects that nothing stands there. */
function equal(expected: Json, got: Json | undefined, path: string): boolean {
  return expected === null ? (got ?? null) === null : same(expected, got, parsePath(path).at(-1) ?? '');
}

function valueDifferences(values: Readonly<Record<string, Json>>, order: Json): Difference[] {
  return Object.entries(values).flatMap(([path, expected]): Difference[] => {
    const got = valueAt(order, path);
    if (equal(expected, got, path)) return [];
    return [{ what: path, expected: expected === null ? NOTHING : inJson(expected), got: inJson(got) }];
  });
}

/** What of the effective order is not as expected. A value of `null` expects that nothing stands there. */
export function effectiveDifferences(expect: EffectiveExpectation | undefined, view: EffectiveView): Difference[] {
  const { revision, state, values } = expect ?? {};
  const found: Difference[] = [];
  if (revision !== undefined && revision !== view.revision) {
    found.push({ what: 'revision of the effective order', expected: String(revision), got: String(view.revision) });
  }
  if (state !== undefined && state !== view.state) found.push({ what: 'state of the effective order', expected: state, got: view.state });
  return [...found, ...valueDifferences(values ?? {}, view.order)];
}

/** Numbers that should be 1 … n, each once and in order. */
export function gaplessDifferences(where: string, numbers: readonly number[], n: number): Difference[] {
  const wanted = Array.from({ length: n }, (_, index) => index + 1);
  if (wanted.length === numbers.length && wanted.every((number, index) => numbers[index] === number)) return [];
  return [{ what: `revisions ${where}`, expected: wanted.join(' ') || 'none', got: numbers.join(' ') || 'none' }];
}
