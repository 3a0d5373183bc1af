import {
  type Amendability,
  type Change,
  type Changeability,
  type Json,
  type JsonObject,
  mayAmend,
  type Permission,
  type Revision,
} from '#order-model';
import type { Difference, StepOutcome } from './expectation.js';
import { accepted, type Play, refusedAtDoor, withFreshId } from './play-context.js';
import type {
  AcknowledgeStep,
  ChangeabilityStep,
  CheckStep,
  DiffStep,
  LagStep,
  PreviewStep,
  ProvenanceStep,
  VerifyStep,
} from './scenario.js';
import { type Answer, refusalsOf, ServiceError } from './services.js';

const effective = (play: Play, rest = ''): string => `/effective-orders/${encodeURIComponent(play.orderId)}${rest}`;
const ask = (play: Play, path: string): Promise<Answer> => play.services.call('merger-worker', 'GET', path);

/** Does one check of an operator or of downstream; nothing of the order changes. @throws ServiceError */
export function playCheck(play: Play, step: CheckStep): Promise<StepOutcome> {
  switch (step.kind) {
    case 'preview':
      return preview(play, step);
    case 'changeability':
      return changeability(play, step);
    case 'asOf':
      return asOf(play, step.body);
    case 'diff':
      return diff(play, step);
    case 'provenance':
      return provenance(play, step);
    case 'acknowledge':
      return acknowledge(play, step);
    case 'lag':
      return lag(play, step);
    case 'verify':
    case 'rebuild':
      return verify(play, step);
    default:
      return step satisfies never;
  }
}

async function preview(play: Play, { kind, body }: PreviewStep): Promise<StepOutcome> {
  const answer = await play.services.call('merger-worker', 'POST', effective(play, '/preview'), withFreshId(play, body));
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  const view = answer.body as JsonObject;
  const outcome = String(view.outcome);
  const would = view.revision as (Revision & JsonObject) | undefined;
  return {
    kind,
    state: outcome,
    ...(would === undefined ? {} : { ...madeBy(would), revision: would.revision }),
    ...(outcome === 'merged' ? {} : { refusedAt: outcome === 'refused' ? ('door' as const) : ('merge' as const) }),
    approvals: (view.approvals as JsonObject[]).map(({ name }) => String(name)),
    problems: refusalsOf(view.problems),
  };
}

/** What of a revision can be expected of the step that made it. */
export function madeBy({ delta, plan, price, overwritten }: Revision): Pick<StepOutcome, 'delta' | 'plan' | 'price' | 'overwritten'> {
  return { delta, plan, price: price?.difference ?? [], overwritten: (overwritten ?? []).map(({ path }) => path) };
}

const TRUE = 'true';

function compared(what: string, expected: Json, got: readonly string[]): Difference[] {
  const fine = expected === true ? got.length === 0 : got.includes(String(expected));
  return fine ? [] : [{ what, expected: String(expected), got: got.length === 0 ? TRUE : [...new Set(got)].join(', ') }];
}

const within = (path: string, above: string): boolean => above === '' || path === above || path.startsWith(`${above}/`);

/** Codes that keep a path from being amended; none: it may be. */
function closedBy({ items, amend }: Changeability, path: string): string[] {
  const owner = items.filter((item) => within(path, item.path)).sort((a, b) => b.path.length - a.path.length)[0];
  if (owner === undefined && within(path, '/productOrderItem')) return ['unknown-item'];
  const place = path.slice(owner?.path.length ?? 0);
  const said: Amendability = owner?.amend ?? amend;
  if (mayAmend(said, place)) return [];
  return said.closed.filter((one) => within(place, one.path) || within(one.path, place)).map(({ code }) => code);
}

function codes(permission: Permission | undefined): string[] {
  return permission === undefined ? ['unknown-item'] : permission.problems.map(({ code }) => code);
}

async function changeability(play: Play, { kind, body }: ChangeabilityStep): Promise<StepOutcome> {
  const answer = await ask(play, effective(play, '/changeability'));
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  const view = answer.body as unknown as Changeability;
  const { amend = {}, cancel = {}, add } = body as { amend?: JsonObject; cancel?: JsonObject; add?: Json };
  const cancellation = (path: string): Permission | undefined =>
    path === '' ? view.cancel : view.items.find((item) => item.path === path)?.cancel;
  const found = [
    ...Object.entries(amend).flatMap(([path, wanted]) => compared(`may amend ${path}`, wanted, closedBy(view, path))),
    ...Object.entries(cancel).flatMap(([path, wanted]) => compared(`may cancel ${path || 'the order'}`, wanted, codes(cancellation(path)))),
    ...(add === undefined ? [] : compared('may add items', add, codes(view.add))),
  ];
  return { kind, state: view.state, revision: view.revision, problems: [], found };
}

async function asOf(play: Play, revision: number): Promise<StepOutcome> {
  const answer = await ask(play, effective(play, `?revision=${revision}`));
  if (!accepted(answer)) return refusedAtDoor('asOf', answer);
  const { state, order } = answer.body as JsonObject;
  return { kind: 'asOf', state: String(state), revision, order: order as Json, problems: [] };
}

async function diff(play: Play, { kind, body }: DiffStep): Promise<StepOutcome> {
  const { from, to } = body;
  const answer = await ask(play, effective(play, `/diff?from=${from}${to === undefined ? '' : `&to=${to}`}`));
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  return { kind, state: '', delta: (answer.body as JsonObject).changes as unknown as Change[], problems: [] };
}

async function provenance(play: Play, { kind, body }: ProvenanceStep): Promise<StepOutcome> {
  const answer = await ask(play, effective(play, `/provenance?path=${encodeURIComponent(body)}`));
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  return { kind, state: '', revision: (answer.body as JsonObject).revision as number, problems: [] };
}

/** How many revisions each consumer is behind. */
async function lags(play: Play): Promise<Map<string, number>> {
  const items = await play.services.readAll('merger-worker', effective(play, '/acknowledgements'));
  return new Map(items.map((item) => [String(item.consumer), item.lag as number]));
}

async function acknowledge(play: Play, { kind, body }: AcknowledgeStep): Promise<StepOutcome> {
  const answer = await play.services.call('merger-worker', 'POST', effective(play, '/acknowledgements'), body);
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  const said = answer.body as JsonObject;
  const behind = (await lags(play)).get(String(said.consumer));
  return { kind, state: String(said.status), ...(behind === undefined ? {} : { lag: behind }), problems: [] };
}

async function lag(play: Play, { kind, body }: LagStep): Promise<StepOutcome> {
  const behind = await lags(play);
  const found = Object.entries(body)
    .filter(([consumer, wanted]) => behind.get(consumer) !== wanted)
    .map(([consumer, wanted]) => ({
      what: `revisions that ${consumer} is behind`,
      expected: String(wanted),
      got: String(behind.get(consumer) ?? 'nothing'),
    }));
  return { kind, state: '', problems: [], found };
}

/** The record replayed; a rebuild that had anything to put right is a difference too, for a scenario breaks nothing. */
async function verify(play: Play, { kind }: VerifyStep): Promise<StepOutcome> {
  const answer = await play.services.call('merger-worker', 'POST', `/admin${effective(play, `/${kind}`)}`);
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  const view = answer.body as JsonObject;
  if (typeof view.ok !== 'boolean') throw new ServiceError(`merger-worker does not say what came of ${kind}: ${JSON.stringify(view)}`);
  const wrong = view.firstDifference ?? (view.changes as Json[] | undefined)?.[0];
  const found = wrong === undefined ? [] : [{ what: `the record (${kind})`, expected: 'what its inputs give', got: JSON.stringify(wrong) }];
  return { kind, state: '', revision: view.revisions as number, problems: [], found };
}
