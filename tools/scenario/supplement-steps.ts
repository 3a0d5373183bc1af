import type { JsonObject } from '#order-model';
import type { StepOutcome } from './expectation.js';
import { accepted, type Play, refusedAtDoor, withFreshId } from './play-context.js';
import { type AnswerStep, isObject, type LifeCycleStep, type ResolveStep, type RevertStep, type SupplementStep } from './scenario.js';
import { refusalsOf, ServiceError } from './services.js';

const WAIT = { prefer: 'wait=20' };
const UNMERGED: ReadonlySet<unknown> = new Set(['held', 'rejected']);

async function read(play: Play, id: string): Promise<JsonObject> {
  const view = (await play.services.read('supp-service', `/supplements/${encodeURIComponent(id)}`))?.body;
  if (view === undefined) throw new ServiceError(`supp-service knows no supplement ${id}`);
  return view;
}

/** Waits while a supplement is on its way to the merge; one that waits for somebody's answer is not. */
function settled(play: Play, view: JsonObject): Promise<JsonObject> {
  return play.patience.until(`the merge of supplement ${view.id} (sequence ${view.sequence})`, async () => {
    if (view.state !== 'accepted') return view;
    const now = await read(play, String(view.id));
    return now.state === 'accepted' ? undefined : now;
  });
}

/** Who is still waited for, as `name (party)`. */
function waitsFor(approvals: readonly JsonObject[]): string[] {
  return approvals.filter(({ answer }) => answer === undefined).map(({ name, by }) => `${name} (${by})`);
}

function outcomeOf(kind: StepOutcome['kind'], view: JsonObject): StepOutcome {
  const { state, sequence, revision, problems, charge } = view;
  const approvals = Array.isArray(view.approvals) ? view.approvals.filter(isObject) : [];
  return {
    kind,
    state: String(state),
    ...(typeof sequence === 'number' ? { sequence } : {}),
    ...(typeof revision === 'number' ? { revision } : {}),
    ...(UNMERGED.has(state) ? { refusedAt: 'merge' as const } : {}),
    ...(state === 'pendingApproval' ? { waitsFor: waitsFor(approvals) } : {}),
    approvals: approvals.map(({ name }) => String(name)),
    ...(isObject(charge) ? { charge: String(charge.state) } : {}),
    problems: refusalsOf(problems),
  };
}

export async function playSupplement(play: Play, { body, known }: SupplementStep): Promise<StepOutcome> {
  const path = `/orders/${encodeURIComponent(play.orderId)}/supplements`;
  const answer = await play.services.call('supp-service', 'POST', path, withFreshId(play, body), WAIT);
  if (!accepted(answer)) return refusedAtDoor('supplement', answer);
  const posted = answer.body as JsonObject;
  play.supplements.set(known, String(posted.id));
  return outcomeOf('supplement', await settled(play, posted));
}

/** Does something about the supplement of an earlier step. @throws ServiceError where that one was refused at the door */
export function playLifeCycle(play: Play, step: LifeCycleStep): Promise<StepOutcome> {
  const name = step.kind === 'resolve' ? String(step.body.supplement) : step.body;
  const id = play.supplements.get(name);
  if (id === undefined) throw new ServiceError(`supplement "${name}" was refused at the door: there is nothing to ${step.kind}`);
  switch (step.kind) {
    case 'revert':
      return revert(play, step, id);
    case 'resolve': {
      const { supplement: _named, ...command } = step.body;
      return act(play, step, id, `/admin/supplements/${id}/resolve`, command);
    }
    default:
      return answerIt(play, step, id);
  }
}

/** The operator approves; a no is the customer's, unless the supplement waits for the operator alone. */
async function answerIt(play: Play, step: AnswerStep, id: string): Promise<StepOutcome> {
  const { kind } = step;
  const admin = kind === 'approve' || (kind === 'decline' && (await waitsForOperatorAlone(play, id)));
  return act(play, step, id, `${admin ? '/admin' : ''}/supplements/${id}/${kind}`, {});
}

async function waitsForOperatorAlone(play: Play, id: string): Promise<boolean> {
  const { state, approvals } = await read(play, id);
  const open = Array.isArray(approvals) ? approvals.filter(isObject).filter(({ answer }) => answer === undefined) : [];
  return state === 'pendingApproval' && open.length > 0 && open.every(({ by }) => by === 'operator');
}

const withReason = (reason: string | undefined): JsonObject => (reason === undefined ? {} : { reason: { text: reason } });

async function act(play: Play, step: AnswerStep | ResolveStep, id: string, path: string, command: JsonObject): Promise<StepOutcome> {
  const answer = await play.services.call('supp-service', 'POST', path, { ...command, ...withReason(step.reason) });
  if (!accepted(answer)) return refusedAtDoor(step.kind, answer, String((await read(play, id)).state));
  return outcomeOf(step.kind, await settled(play, answer.body as JsonObject));
}

/** The state told is that of the supplement taken back, where it was; else of the one that should have done it. */
async function revert(play: Play, { name, body, reason }: RevertStep, id: string): Promise<StepOutcome> {
  const answer = await play.services.call('supp-service', 'POST', `/supplements/${id}/revert`, withReason(reason), WAIT);
  if (!accepted(answer)) return refusedAtDoor('revert', answer, String((await read(play, id)).state));
  const posted = answer.body as JsonObject;
  if (name !== undefined) play.supplements.set(name, String(posted.id));
  const view = await settled(play, posted);
  const outcome = outcomeOf('revert', view);
  if (view.state !== 'merged') return outcome;
  await play.patience.until(`supplement "${body}" to be reverted`, async () =>
    (await read(play, id)).state === 'reverted' ? true : undefined,
  );
  return { ...outcome, state: 'reverted' };
}
