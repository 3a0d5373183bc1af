import type { Evidence, Finding, Seen } from './evidence.js';

const SETTLED = 'io.supping.merge.settled.v1';

/** What a batch of merges came to, as the owners are told; of many orders at once, so of no change of its own. */
export const isSettled = ({ type }: Pick<Seen, 'type'>): boolean => type === SETTLED;

interface Told {
  readonly heads: readonly { readonly orderId: string; readonly revision: number }[];
  readonly outcomes: readonly { readonly id: string; readonly sequence: number; readonly state: string }[];
}

/** The owners are told every head and every outcome, and none that there is not. */
export function settledFindings({ seen, supplements, effective, subscribed }: Evidence): Finding[] {
  if (subscribed?.has('merge.settled') === false) return [];
  const told = seen.filter(isSettled).map(({ data }) => data as Told);
  const heads = new Map<string, number>();
  for (const { orderId, revision } of told.flatMap((one) => one.heads)) heads.set(orderId, Math.max(heads.get(orderId) ?? 0, revision));
  // The last entry counts, whichever batch came first.
  const entries = told.flatMap((one) => one.outcomes).sort((a, b) => a.sequence - b.sequence);
  const outcomes = new Map(entries.map((outcome) => [outcome.id, outcome]));
  const findings: Finding[] = [];
  for (const { orderId, revision } of effective) {
    const head = heads.get(orderId) ?? 0;
    if (head < revision)
      findings.push({ kind: 'lost', what: `the owners were told revision ${head} of order ${orderId}, which has ${revision}` });
    if (head > revision)
      findings.push({ kind: 'other', what: `the owners were told revision ${head} of order ${orderId}, and there is none` });
  }
  for (const { id, sequence, state } of supplements) {
    if (sequence === null || state === 'accepted') continue;
    const outcome = outcomes.get(id);
    if (outcome === undefined) findings.push({ kind: 'lost', what: `the owners were never told that supplement ${id} is ${state}` });
    else if (outcome.state !== state || outcome.sequence !== sequence)
      findings.push({ kind: 'other', what: `the owners were told that supplement ${id} is ${outcome.state}, and it is ${state}` });
  }
  return findings;
}
