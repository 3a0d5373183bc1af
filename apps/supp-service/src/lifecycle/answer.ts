import type { Line } from '../line.js';
import { type Approval, openApprovals, openCharge, type Supplement } from '../supplement.js';
import { becomesAccepted, type Decision, type Deed, ends } from './decision.js';

/** The answer of a party to all that it is asked about a supplement. */
export interface AnswerSupplement extends Deed {
  readonly party: 'operator' | 'customer';
  readonly answer: 'accepted' | 'declined';
}

/**
 * Decides on an answer: no from either ends a supplement that waits for it; the last yes gives it its place in the
 * line. The customer's answer is also the one to the charge; where nothing waits for that, it is noted beside.
 */
export function decideAnswer(supplement: Supplement, line: Line, command: AnswerSupplement): Decision {
  const { party, answer, at, by } = command;
  const asked = openApprovals(supplement, party);
  const charge = party === 'customer' ? openCharge(supplement) : undefined;
  if (asked.length === 0 && charge === undefined) {
    const wanted = `${answer === 'accepted' ? (party === 'customer' ? 'accepted' : 'approved') : 'declined'} by the ${party}`;
    return { kind: 'refused', refusal: { kind: 'wrongState', supplement, wanted } };
  }
  const given = { at, answeredBy: by };
  const answered: Supplement = {
    ...supplement,
    approvals: supplement.approvals.map((one): Approval => (asked.includes(one) ? { ...one, answer, ...given } : one)),
    ...(charge === undefined ? {} : { charge: { ...charge, state: answer, ...given } }),
  };
  const [first] = asked;
  if (first === undefined) return { kind: 'changed', supplement: answered, line };
  if (answer === 'declined') return ends(answered, line, 'declined', at, { approval: first.name });
  return openApprovals(answered).length > 0 ? { kind: 'changed', supplement: answered, line } : becomesAccepted(answered, line);
}
