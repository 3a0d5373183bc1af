import type { Line } from '../line.js';
import type { Supplement } from '../supplement.js';
import { type Decision, type Deed, ends } from './decision.js';

/** Decides on a withdrawal: its author takes back what waits for an answer or for an operator. */
export function decideWithdrawal(supplement: Supplement, line: Line, { at, by }: Deed): Decision {
  if (supplement.state !== 'pendingApproval' && supplement.state !== 'held') {
    return { kind: 'refused', refusal: { kind: 'wrongState', supplement, wanted: 'withdrawn' } };
  }
  if (supplement.by !== by) return { kind: 'refused', refusal: { kind: 'notItsAuthor', supplement } };
  return ends(supplement, line, 'withdrawn', at);
}
