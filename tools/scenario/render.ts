import type { Change, Json, Revision } from '#order-model';
import type { Difference, StepOutcome } from './expectation.js';
import type { Step } from './scenario.js';
import type { Refusal } from './services.js';
import type { ScenarioFault } from './shape.js';

const VALUE_WIDTH = 72;
const MOST_LINES = 40;

const KIND: Readonly<Record<Revision['cause']['kind'], string>> = {
  orderCreated: 'order created',
  amendment: 'amendment',
  progress: 'progress',
  supplement: 'supplement',
};

/** A value on one line, its end cut off where it is longer than `width` characters. */
export function short(value: Json | undefined, width = VALUE_WIDTH): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function deltaLines(delta: readonly Change[]): string[] {
  const lines = delta
    .slice(0, MOST_LINES)
    .map(({ path, before, after }) => `      ${path || '(the order)'}: ${short(before)} → ${short(after)}`);
  return delta.length > MOST_LINES ? [...lines, `      … and ${delta.length - MOST_LINES} changes more`] : lines;
}

function problemLines(problems: readonly Refusal[] | Revision['notApplied']): string[] {
  return (problems ?? []).map(({ code, detail, path }) => `      ${code}${path === undefined ? '' : ` ${path}`}: ${detail}`);
}

/** One revision as downstream received it: its cause, its delta, and what of it could not apply. */
export function revisionLines(revision: Revision, name?: string): string[] {
  const { cause, state, delta, plan, price, notApplied, overwritten } = revision;
  const number = cause.kind === 'supplement' ? cause.sequence : cause.version;
  const line = cause.kind === 'supplement' ? ` ${number}` : `, version ${number}`;
  const reason = [cause.reason?.code, cause.reason?.text].filter((part) => part !== undefined).join(': ');
  const said = [
    `${KIND[cause.kind]}${line}${name === undefined ? '' : ` "${name}"`} by ${cause.by}`,
    ...(reason === '' ? [] : [reason]),
    `order ${state}`,
  ];
  return [
    `  revision ${revision.revision}: ${said.join(' · ')}`,
    ...(delta.length === 0 ? ['      (changes nothing)'] : []),
    ...changeLines({
      delta,
      plan: cause.kind === 'orderCreated' ? [] : plan,
      price: cause.kind === 'orderCreated' ? [] : (price?.difference ?? []),
    }),
    ...(overwritten ?? []).map(({ path, revision: seen }) => `      overwrote unseen: ${path} of revision ${seen}`),
    ...(notApplied === undefined || notApplied.length === 0 ? [] : ['      not applied:', ...problemLines(notApplied)]),
  ];
}

/** How differences and messages name a step; `index` counts from 0. */
export function stepLabel(step: Step, index: number): string {
  return `step ${index + 1} (${step.kind}${step.name === undefined ? '' : ` "${step.name}"`})`;
}

/** What became of a step that made no revision: where it was refused or held and why, or what it waits for. */
export function unmergedLines(label: string, { refusedAt, state, problems, waitsFor }: StepOutcome): string[] {
  if (waitsFor !== undefined) return [`  ${label}: ${state}, waits for ${waitsFor.join(', ')}`];
  const what = refusedAt === 'door' ? 'refused at the door' : refusedAt === 'merge' ? `${state} at the merge` : state;
  return [`  ${label}: ${what}`, ...problemLines(problems)];
}

/** What a check came to. */
export function checkLines(label: string, outcome: StepOutcome): string[] {
  const { kind, state, revision, lag, refusedAt, problems, approvals = [] } = outcome;
  const said = [
    ...(refusedAt === 'door' ? ['refused at the door'] : state === '' ? [] : [kind === 'preview' ? `would be ${state}` : state]),
    ...(revision === undefined ? [] : [`revision ${revision}`]),
    ...(approvals.length === 0 ? [] : [`needs ${approvals.join(', ')}`]),
    ...(lag === undefined ? [] : [`${lag} revision${lag === 1 ? '' : 's'} behind`]),
  ];
  const would = kind === 'preview' || kind === 'diff' ? changeLines(outcome) : [];
  return [`  ${label}: ${said.join(', ') || 'looked at'}`, ...problemLines(problems), ...would];
}

/** A delta, what fulfilment is to do about it, and what it does to the price. */
function changeLines({ delta = [], plan = [], price = [] }: Pick<StepOutcome, 'delta' | 'plan' | 'price'>): string[] {
  const work = plan.map(({ itemId, action, compensation }) => `${compensation} ${itemId} (${action})`).join(', ');
  const sums = price.map(({ value, unit, priceType, period }) => {
    const more = value.startsWith('-') ? value : `+${value}`;
    return `${more} ${unit} ${priceType}${period === undefined ? '' : ` per ${period}`}`;
  });
  return [
    ...deltaLines(delta),
    ...(work === '' ? [] : [`      plan: ${work}`]),
    ...(sums.length === 0 ? [] : [`      price: ${sums.join(', ')}`]),
  ];
}

/** One difference with both values; `where` says of which step, if of one. */
export function differenceLines({ what, expected, got }: Difference, where?: string): string[] {
  return [`  ✘ ${where === undefined ? '' : `${where}: `}${what}`, `      expected ${expected}`, `      got      ${got}`];
}

/** Why a file is not played. */
export function faultLines(file: string, faults: readonly ScenarioFault[]): string[] {
  return faults.map(({ pointer, detail }) => `✘ ${file}${pointer === '' ? '' : ` ${pointer}`}: ${detail}`);
}

/** What one file came to, for the summary. */
export interface Verdict {
  readonly file: string;
  readonly asExpected: boolean;
}

/** The last lines: how many scenarios went as expected, and which did not. */
export function summaryLines(verdicts: readonly Verdict[]): string[] {
  const failed = verdicts.filter(({ asExpected }) => !asExpected);
  const good = verdicts.length - failed.length;
  return [
    '',
    ...failed.map(({ file }) => `✘ ${file}`),
    `${failed.length === 0 ? '✔' : '✘'} ${verdicts.length} scenario${verdicts.length === 1 ? '' : 's'}: ${good} as expected, ${failed.length} not`,
  ];
}
