import type { SupplementRequest } from '#contracts';
import { JsonText } from '#messaging';
import type { Charge, Problem } from '#order-model';
import type { AuditView } from '../audit/audit.store.js';
import { type Approval, type ChargeAnswer, dueOf, type Resolution, type Supplement, type SupplementState } from '../supplement.js';

/** A supplement as it reads back: as posted, and what became of it. */
export interface SupplementView extends Omit<SupplementRequest, 'charge'> {
  readonly id: string;
  readonly orderId: string;
  readonly state: SupplementState;
  /** Once accepted. */
  readonly sequence?: number;
  /** Revision of the effective order that it made, once merged. */
  readonly revision?: number;
  /** Why it is held or was rejected. */
  readonly problems?: readonly Problem[];
  readonly submittedAt: string;
  readonly by: string;
  /** When the next answer that it waits for is due. */
  readonly dueDate?: string;
  readonly approvals?: readonly Approval[];
  readonly charge?: Charge & ChargeAnswer;
  readonly reverts?: string;
  readonly revertedBy?: string;
  readonly resolution?: Resolution;
}

/** One supplement with what was done about it, oldest first. */
export interface SupplementWithHistory extends SupplementView {
  readonly history: readonly AuditView[];
}

/** What became of a supplement, its charge aside: that is said within what was requested. */
function becomeOf(supplement: Supplement) {
  const { request: _request, place: _place, approvals, charge: _charge, ...rest } = supplement;
  const due = dueOf(supplement);
  return { ...rest, ...(due === undefined ? {} : { dueDate: due }), ...(approvals.length === 0 ? {} : { approvals }) };
}

export function viewOf(supplement: Supplement): SupplementView {
  const { charge: posted, ...said } = supplement.request;
  const { charge } = supplement;
  return {
    ...said,
    ...becomeOf(supplement),
    ...(posted === undefined || charge === undefined ? {} : { charge: { ...posted, ...charge } }),
  };
}

/** The view of a new supplement as JSON. @param request what was requested, as it is stored: it is not written out once more */
export function viewTextOf(supplement: Supplement, request: JsonText): JsonText {
  return supplement.charge === undefined ? request.and(becomeOf(supplement)) : JsonText.of(viewOf(supplement));
}
