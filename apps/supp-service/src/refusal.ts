import type { Problem } from '#order-model';
import { ProblemError } from '#platform';
import { openApprovals, openCharge, type Supplement } from './supplement.js';

/** Why nothing was done about a supplement. */
export type Refusal =
  | { readonly kind: 'wrongState'; readonly supplement: Supplement; readonly wanted: string }
  | { readonly kind: 'notItsAuthor'; readonly supplement: Supplement }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** What may be done about a supplement as it stands, as the requests that do it. */
export function mayBeDone(supplement: Supplement): string[] {
  const { id, state } = supplement;
  const customer = openApprovals(supplement, 'customer').length > 0 || openCharge(supplement) !== undefined;
  const operator = openApprovals(supplement, 'operator').length > 0;
  return [
    ...(customer ? [`POST /supplements/${id}/accept`, `POST /supplements/${id}/decline`] : []),
    ...(operator ? [`POST /admin/supplements/${id}/approve`, `POST /admin/supplements/${id}/decline`] : []),
    ...(state === 'held' ? [`POST /admin/supplements/${id}/resolve`] : []),
    ...(state === 'pendingApproval' || state === 'held' ? [`POST /supplements/${id}/withdraw`] : []),
    ...(state === 'merged' ? [`POST /supplements/${id}/revert`] : []),
  ];
}

function wrongState(supplement: Supplement, wanted: string): ProblemError {
  const { id, state } = supplement;
  const open = mayBeDone(supplement);
  const waits = openApprovals(supplement).map(({ name, by, dueDate }) => `${name} of the ${by} (due ${dueDate})`);
  const now = waits.length > 0 ? `waits for ${waits.join(' and ')}` : `is ${state}`;
  const next = open.length > 0 ? `what may be done now: ${open.join(', ')}` : 'nothing can be done about it any more; submit a new one';
  const detail = `supplement ${id} ${now} and cannot be ${wanted}; ${state === 'accepted' && open.length === 0 ? 'wait for its merge' : next}`;
  return new ProblemError(409, 'wrong-state', detail, { extra: { state, mayBeDone: open } });
}

/** The 422 of a supplement that cannot be taken: the first problem's code, all of them in `errors`. */
export function refusedFor(problems: readonly Problem[]): ProblemError {
  const detail = problems.map((problem) => problem.detail).join('; ');
  return new ProblemError(422, problems[0]?.code ?? 'refused', detail, { errors: problems });
}

/** The refusal as its caller is told it. */
export function problemOfRefusal(refusal: Refusal): ProblemError {
  switch (refusal.kind) {
    case 'wrongState':
      return wrongState(refusal.supplement, refusal.wanted);
    case 'notItsAuthor':
      return new ProblemError(
        403,
        'not-the-author',
        `supplement ${refusal.supplement.id} was submitted by somebody else; only its author takes it back`,
      );
    case 'problems':
      return refusedFor(refusal.problems);
    default:
      return refusal satisfies never;
  }
}
