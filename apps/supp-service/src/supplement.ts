import type { SupplementRequest } from '#contracts';
import type { Problem, Reason } from '#order-model';

/** domain.md, "Its life". */
export const STATES = [
  'pendingApproval',
  'accepted',
  'merged',
  'held',
  'rejected',
  'declined',
  'expired',
  'withdrawn',
  'reverted',
] as const;
export type SupplementState = (typeof STATES)[number];

/** Who answers for the deployment's policy when a due date passes. */
export const POLICY_VOICE = 'policy';

/** One answer that the supplement waits for, or got. */
export interface Approval {
  /** Of the policy's rule. */
  readonly name: string;
  readonly by: 'operator' | 'customer';
  readonly dueDate: string;
  readonly onExpiry: 'expire' | 'accept';
  readonly answer?: 'accepted' | 'declined' | 'expired';
  readonly at?: string;
  readonly answeredBy?: string;
}

/** What became of the charge; `void`: the supplement ended before it was answered. */
export interface ChargeAnswer {
  readonly state: 'open' | 'accepted' | 'declined' | 'expired' | 'void';
  readonly dueDate: string;
  readonly at?: string;
  readonly answeredBy?: string;
}

/** How a held supplement was resolved by an operator. */
export interface Resolution {
  readonly action: 'apply' | 'edit' | 'drop';
  readonly at: string;
  readonly by: string;
  readonly reason?: Reason;
}

/** A supplement as it stands. Instants are RFC 3339 UTC. */
export interface Supplement {
  readonly id: string;
  readonly orderId: string;
  /** Its number among all supplements of the order that were stored, from 1. */
  readonly place: number;
  readonly state: SupplementState;
  /** Its place in the order's line; none before it is accepted, the next one when it was held and is applied after all. */
  readonly sequence?: number;
  readonly revision?: number;
  readonly problems?: readonly Problem[];
  readonly request: SupplementRequest;
  readonly submittedAt: string;
  readonly by: string;
  readonly approvals: readonly Approval[];
  readonly charge?: ChargeAnswer;
  readonly reverts?: string;
  readonly revertedBy?: string;
  readonly resolution?: Resolution;
}

/** The approvals that are still waited for, of one party or of both. */
export function openApprovals({ state, approvals }: Supplement, party?: Approval['by']): Approval[] {
  if (state !== 'pendingApproval') return [];
  return approvals.filter(({ by, answer }) => answer === undefined && (party === undefined || by === party));
}

/** The charge while its answer is open. */
export function openCharge({ charge }: Supplement): ChargeAnswer | undefined {
  return charge?.state === 'open' ? charge : undefined;
}

/** When the next thing is due that this supplement waits for; a charge that an approval waits for is due with that. */
export function dueOf(supplement: Supplement): string | undefined {
  const open = openApprovals(supplement);
  const charge = open.some(({ by }) => by === 'customer') ? undefined : openCharge(supplement);
  const dates = [...open.map(({ dueDate }) => dueDate), ...(charge === undefined ? [] : [charge.dueDate])];
  return dates.sort()[0];
}
