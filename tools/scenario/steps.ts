import { randomUUID } from 'node:crypto';
import type { JsonObject } from '#order-model';
import type { StepOutcome } from './expectation.js';
import type { AmendmentStep, CancelStep, ProgressStep, Step, SupplementStep } from './scenario.js';
import { type Answer, problemsOf, refusalsOf, type Services } from './services.js';
import type { Patience } from './waiting.js';

export const TMF = '/tmf-api/productOrderingManagement/v4';
const WAIT_S = 20;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** One play of one scenario: the order it made, and what its steps need of each other. */
export interface Play {
  readonly services: Services;
  readonly patience: Patience;
  readonly orderId: string;
  /** Supplement ids as the scenario gives them → those of this play, so that it can be played again and still retry. */
  readonly ids: Map<string, string>;
}

function refusedAtDoor(kind: Step['kind'], { status, body }: Answer): StepOutcome {
  return { kind, state: 'rejected', refusedAt: 'door', problems: problemsOf(body, status) };
}

const accepted = ({ status }: Answer): boolean => status >= 200 && status < 300;

function withFreshId(play: Play, body: JsonObject): JsonObject {
  const { id } = body;
  if (typeof id !== 'string' || !UUID.test(id)) return body;
  const fresh = play.ids.get(id.toLowerCase()) ?? randomUUID();
  play.ids.set(id.toLowerCase(), fresh);
  return { ...body, id: fresh };
}

async function supplement(play: Play, { body }: SupplementStep): Promise<StepOutcome> {
  const { services, patience, orderId } = play;
  const path = `/orders/${encodeURIComponent(orderId)}/supplements`;
  const answer = await services.call('supp-service', 'POST', path, withFreshId(play, body), { prefer: `wait=${WAIT_S}` });
  if (!accepted(answer)) return refusedAtDoor('supplement', answer);
  const posted = answer.body as JsonObject;
  const settled = await patience.until(`the merge of supplement ${posted.id} (sequence ${posted.sequence})`, async () => {
    if (posted.state !== 'accepted') return posted;
    const view = (await services.read('supp-service', `/supplements/${posted.id}`))?.body;
    return view === undefined || view.state === 'accepted' ? undefined : view;
  });
  const merged = settled.state === 'merged';
  return {
    kind: 'supplement',
    state: String(settled.state),
    sequence: settled.sequence as number,
    ...(merged ? { revision: settled.revision as number } : { refusedAt: 'merge' }),
    problems: refusalsOf(settled.problems),
  };
}

/** The revision that a version made, once order-service has heard of it, and what of it could not apply. */
export async function versionMerged(play: Play, version: number): Promise<{ revision: number; problems: StepOutcome['problems'] }> {
  const { services, patience, orderId } = play;
  const path = `/orders/${encodeURIComponent(orderId)}/versions/${version}`;
  return patience.until(`the effective order to take version ${version} of order ${orderId}`, async () => {
    const view = (await services.read('order-service', path))?.body;
    if (typeof view?.revision !== 'number') return undefined;
    return { revision: view.revision, problems: refusalsOf(view.notApplied) };
  });
}

async function madeVersion(play: Play, kind: Step['kind'], answer: Answer, version: number): Promise<StepOutcome> {
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  return { kind, state: '', version, ...(await versionMerged(play, version)) };
}

const versionOfEtag = (headers: Headers): number => Number(/"(\d+)"/.exec(headers.get('etag') ?? '')?.[1] ?? Number.NaN);

async function amendment(play: Play, { body, basedOnRevision, reason }: AmendmentStep): Promise<StepOutcome> {
  const query = new URLSearchParams({
    ...(basedOnRevision === undefined ? {} : { basedOnRevision: String(basedOnRevision) }),
    ...(reason === undefined ? {} : { reason }),
  });
  const path = `${TMF}/productOrder/${encodeURIComponent(play.orderId)}${query.size > 0 ? `?${query}` : ''}`;
  const answer = await play.services.call('order-service', 'PATCH', path, body, { 'content-type': 'application/merge-patch+json' });
  return madeVersion(play, 'amendment', answer, versionOfEtag(answer.headers));
}

async function progress(play: Play, { body }: ProgressStep): Promise<StepOutcome> {
  const answer = await play.services.call('order-service', 'POST', `/orders/${encodeURIComponent(play.orderId)}/progress`, body);
  return madeVersion(play, 'progress', answer, Number((answer.body as JsonObject | undefined)?.version));
}

async function cancel(play: Play, { body }: CancelStep): Promise<StepOutcome> {
  const request = { productOrder: { id: play.orderId }, ...body };
  const answer = await play.services.call('order-service', 'POST', `${TMF}/cancelProductOrder`, request);
  if (!accepted(answer)) return refusedAtDoor('cancel', answer);
  // The answer does not say which version carries it out; the order's ETag does, for nobody else changes this order.
  const order = await play.services.read('order-service', `${TMF}/productOrder/${encodeURIComponent(play.orderId)}`);
  return madeVersion(play, 'cancel', answer, order === undefined ? Number.NaN : versionOfEtag(order.headers));
}

/**
 * Does one step and waits until its effect is merged or refused. The `state` of a step other than a supplement is left
 * empty: it is that of the revision it made. @throws ServiceError, WaitedTooLongError
 */
export function playStep(play: Play, step: Step): Promise<StepOutcome> {
  switch (step.kind) {
    case 'supplement':
      return supplement(play, step);
    case 'amendment':
      return amendment(play, step);
    case 'progress':
      return progress(play, step);
    case 'cancel':
      return cancel(play, step);
    default:
      return step satisfies never;
  }
}
