import type { Line } from '../line.js';
import { type Approval, type ChargeAnswer, openApprovals, openCharge, POLICY_VOICE, type Supplement } from '../supplement.js';
import { becomesAccepted, type Changed, ends } from './decision.js';

/** The supplement with the due ones of its approvals answered as their rules say. */
function answered(supplement: Supplement, due: readonly Approval[], at: string): Supplement {
  const given = { at, answeredBy: POLICY_VOICE };
  const answerOf = ({ onExpiry }: Approval): 'expired' | 'accepted' => (onExpiry === 'expire' ? 'expired' : 'accepted');
  const asked = due.find(({ by }) => by === 'customer');
  const charge = asked === undefined ? undefined : openCharge(supplement);
  return {
    ...supplement,
    approvals: supplement.approvals.map((one): Approval => (due.includes(one) ? { ...one, answer: answerOf(one), ...given } : one)),
    ...(asked === undefined || charge === undefined ? {} : { charge: { ...charge, state: answerOf(asked), ...given } }),
  };
}

/** The charge that nothing waits for: no answer in time is noted beside, the supplement goes on. */
function expiredCharge(supplement: Supplement, line: Line, at: string): Changed | undefined {
  const charge = openCharge(supplement);
  if (charge === undefined || charge.dueDate > at || openApprovals(supplement, 'customer').length > 0) return undefined;
  const expired: ChargeAnswer = { ...charge, state: 'expired', at, answeredBy: POLICY_VOICE };
  return { kind: 'changed', supplement: { ...supplement, charge: expired }, line };
}

/**
 * What the passing of time makes of a supplement at an instant (RFC 3339 UTC): nothing, or what the policy's rule says
 * no answer means.
 */
export function decideExpiry(supplement: Supplement, line: Line, at: string): Changed | undefined {
  const due = openApprovals(supplement).filter(({ dueDate }) => dueDate <= at);
  if (due.length === 0) return expiredCharge(supplement, line, at);
  const after = answered(supplement, due, at);
  const refusing = due.find(({ onExpiry }) => onExpiry === 'expire');
  if (refusing !== undefined) return ends(after, line, 'expired', at, { approval: refusing.name });
  return openApprovals(after).length > 0 ? { kind: 'changed', supplement: after, line } : becomesAccepted(after, line);
}
