import type { ApprovalWanted } from '#contracts';
import { approvalDue, approvalsNeeded, type Outcome, type Policy, type Problem, type Revision, type SupplementFacts } from '#order-model';

/** What a supplement would do if it were merged now. */
export interface PreviewView {
  readonly orderId: string;
  /** The head it was held against. */
  readonly head: { readonly revision: number; readonly version: number; readonly sequence: number };
  /** `refused`: at the door already, by the policy; the others: what the merge makes of it. */
  readonly outcome: 'merged' | 'held' | 'rejected' | 'refused';
  /** Why it would not be merged: refusals and conflicts. */
  readonly problems: readonly Problem[];
  /** Who has to say yes before it gets its place in the line, and by when. */
  readonly approvals: readonly (ApprovalWanted & { readonly onExpiry: 'expire' | 'accept' })[];
  /** The revision it would make, with delta, plan and what it does to the price. */
  readonly revision?: Revision;
}

/** @param refusals by the policy @param at instant of the preview, RFC 3339 UTC */
export function previewOf(
  head: PreviewView['head'],
  outcome: Outcome,
  refusals: readonly Problem[],
  policy: Policy,
  facts: SupplementFacts,
  at: string,
): PreviewView {
  const approvals = approvalsNeeded(policy, facts).map((rule) => {
    const { name, by, onExpiry } = rule;
    return { name, by, dueDate: approvalDue(rule, facts, at), onExpiry };
  });
  const { orderId } = outcome.order;
  const { revision, version, sequence } = head;
  const said = { orderId, head: { revision, version, sequence }, approvals };
  const problems = outcome.kind === 'revised' ? refusals : [...refusals, ...outcome.problems];
  if (refusals.length > 0) return { ...said, outcome: 'refused', problems };
  switch (outcome.kind) {
    case 'revised':
      return { ...said, outcome: 'merged', problems, revision: outcome.revision };
    case 'held':
    case 'rejected':
      return { ...said, outcome: outcome.kind, problems };
    default:
      return outcome satisfies never;
  }
}
