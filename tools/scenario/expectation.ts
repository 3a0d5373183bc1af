import { canonical, type Json, parsePath, valueAt } from '#order-model';
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
  /** `rejected` also where the door refused it. */
  readonly state: string;
  readonly revision?: number;
  readonly sequence?: number;
  readonly version?: number;
  /** Refused at the door, refused or held at the merge; absent where it took effect. */
  readonly refusedAt?: 'door' | 'merge';
  /** Why it was refused or held, or what of it could not apply. */
  readonly problems: readonly Refusal[];
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

/** What of a step's outcome is not as expected; a refusal that nobody expected is a difference too. */
export function stepDifferences(expect: Expectation | undefined, outcome: StepOutcome): Difference[] {
  const { state, revision, sequence, version, problem } = expect ?? {};
  const { problems, refusedAt } = outcome;
  const found: Difference[] = [];
  if (problem !== undefined && !problems.some(({ code }) => code === problem)) {
    found.push({ what: 'problem', expected: problem, got: problems.length === 0 ? 'no problem' : inOneLine(problems) });
  }
  const surprise = refusedAt !== undefined && problem === undefined && state !== outcome.state;
  if (surprise) {
    const usual = outcome.kind === 'supplement' ? 'merged' : 'no refusal';
    found.push({ what: 'outcome', expected: state ?? usual, got: `${outcome.state} (${inOneLine(problems)})` });
  } else if (state !== undefined && state !== outcome.state) {
    found.push({ what: 'state', expected: state, got: outcome.state });
  }
  for (const [what, expected] of Object.entries({ revision, sequence, version })) {
    const got = outcome[what as 'revision' | 'sequence' | 'version'];
    if (expected !== undefined && expected !== got) found.push({ what, expected: String(expected), got: String(got ?? NOTHING) });
  }
  return found;
}

/** What of the effective order is not as expected. A value of `null` expects that nothing stands there. */
export function effectiveDifferences(expect: EffectiveExpectation | undefined, view: EffectiveView): Difference[] {
  const { revision, state, values } = expect ?? {};
  const found: Difference[] = [];
  if (revision !== undefined && revision !== view.revision) {
    found.push({ what: 'revision of the effective order', expected: String(revision), got: String(view.revision) });
  }
  if (state !== undefined && state !== view.state) found.push({ what: 'state of the effective order', expected: state, got: view.state });
  for (const [path, expected] of Object.entries(values ?? {})) {
    const got = valueAt(view.order, path);
    if (expected === null ? (got ?? null) === null : same(expected, got, parsePath(path).at(-1) ?? '')) continue;
    found.push({ what: path, expected: expected === null ? NOTHING : inJson(expected), got: inJson(got) });
  }
  return found;
}

/** Numbers that should be 1 … n, each once and in order. */
export function gaplessDifferences(where: string, numbers: readonly number[], n: number): Difference[] {
  const wanted = Array.from({ length: n }, (_, index) => index + 1);
  if (wanted.length === numbers.length && wanted.every((number, index) => numbers[index] === number)) return [];
  return [{ what: `revisions ${where}`, expected: wanted.join(' ') || 'none', got: numbers.join(' ') || 'none' }];
}
