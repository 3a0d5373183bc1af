import type { JsonObject } from '#order-model';
import { playCheck } from './check-steps.js';
import type { StepOutcome } from './expectation.js';
import { accepted, type Play, refusedAtDoor } from './play-context.js';
import type { AmendmentStep, CancelStep, ProgressStep, Step, StepKind } from './scenario.js';
import { type Answer, refusalsOf } from './services.js';
import { playLifeCycle, playSupplement } from './supplement-steps.js';

export const TMF = '/tmf-api/productOrderingManagement/v4';

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

async function madeVersion(play: Play, kind: StepKind, answer: Answer, version: number): Promise<StepOutcome> {
  if (!accepted(answer)) return refusedAtDoor(kind, answer);
  return { kind, state: '', version, ...(await versionMerged(play, version)) };
}

const versionOfEtag = (headers: Headers): number => Number(/"(\d+)"/.exec(headers.get('etag') ?? '')?.[1] ?? Number.NaN);

async function amendment(play: Play, { body, basedOnRevision, ifMatch, reason }: AmendmentStep): Promise<StepOutcome> {
  const query = new URLSearchParams({
    ...(basedOnRevision === undefined ? {} : { basedOnRevision: String(basedOnRevision) }),
    ...(reason === undefined ? {} : { reason }),
  });
  const path = `${TMF}/productOrder/${encodeURIComponent(play.orderId)}${query.size > 0 ? `?${query}` : ''}`;
  const headers = { 'content-type': 'application/merge-patch+json', ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }) };
  const answer = await play.services.call('order-service', 'PATCH', path, body, headers);
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
 * Does one step and waits until its effect is merged, refused or recorded. The `state` of an amendment, progress report
 * or cancellation is left empty: it is that of the revision it made. @throws ServiceError, WaitedTooLongError
 */
export function playStep(play: Play, step: Step): Promise<StepOutcome> {
  switch (step.kind) {
    case 'supplement':
      return playSupplement(play, step);
    case 'amendment':
      return amendment(play, step);
    case 'progress':
      return progress(play, step);
    case 'cancel':
      return cancel(play, step);
    case 'approve':
    case 'decline':
    case 'accept':
    case 'withdraw':
    case 'revert':
    case 'resolve':
      return playLifeCycle(play, step);
    default:
      return playCheck(play, step);
  }
}
