import type { Evidence, Finding, Followed, Seen } from './evidence.js';
import { isSettled } from './settled.js';

/** The event id that says a change, with its owner; what a consumer drops duplicates by. */
function expectedEvents({ versions, supplements, revisions }: Evidence): Map<string, string> {
  const expected = new Map<string, string>();
  for (const { orderId, version, kind } of versions) expected.set(`/order-service ${orderId}/versions/${version}`, kind);
  for (const { orderId, revision } of revisions) expected.set(`/merger-worker ${orderId}/revisions/${revision}`, 'effective-order.revised');
  for (const { id, state, sequence } of supplements) {
    if (sequence === null) continue;
    expected.set(`/supp-service ${id}`, 'supplement.accepted');
    if (state !== 'accepted') expected.set(`/merger-worker ${id}/${state}`, `supplement.${state}`);
  }
  return expected;
}

/** No change without an event, no event without a change. */
export function eventFindings(evidence: Evidence): Finding[] {
  const expected = expectedEvents(evidence);
  const seen = new Map(evidence.seen.filter((event) => !isSettled(event)).map((event) => [`${event.source} ${event.id}`, event]));
  const { subscribed } = evidence;
  const missing = [...expected].filter(([key, type]) => !seen.has(key) && subscribed?.has(type) !== false);
  const strange = [...seen.keys()].filter((key) => !expected.has(key));
  return [
    ...missing.map(([key, type]): Finding => ({ kind: 'lost', what: `${type} ${key} was never told` })),
    ...strange.map((key): Finding => ({ kind: 'other', what: `${seen.get(key)?.type} ${key} was told, and there is no such change` })),
    ...orderFindings(evidence.seen),
    ...feedFindings(evidence.followed, expected),
  ];
}

/** The feed: each event of the merger once, each order's in their order. */
function feedFindings(followed: readonly Followed[], expected: ReadonlyMap<string, string>): Finding[] {
  const wanted = new Set([...expected.keys()].filter((key) => key.startsWith('/merger-worker ')));
  const last = new Map<string, number>();
  const given = new Set<string>();
  const findings: Finding[] = [];
  for (const { source, id, type, subject, sequence } of followed) {
    const key = `${source} ${id}`;
    if (given.has(key)) findings.push({ kind: 'duplicated', what: `the feed gave ${key} twice` });
    else if (!wanted.has(key)) findings.push({ kind: 'other', what: `the feed gave ${key}, and there is no such change` });
    given.add(key);
    const line = `${LINES[type] ?? 'outcomes'} of order ${subject}`;
    const before = last.get(line) ?? 0;
    if (sequence < before) findings.push({ kind: 'reordered', what: `the feed, ${line}: ${sequence} came after ${before}` });
    last.set(line, Math.max(before, sequence));
  }
  const missing = [...wanted].filter((key) => !given.has(key));
  return [...findings, ...missing.map((key): Finding => ({ kind: 'lost', what: `${expected.get(key)} ${key} is not in the feed` }))];
}

const LINES: Readonly<Record<string, string>> = {
  'io.supping.order.created.v1': 'versions',
  'io.supping.order.amended.v1': 'versions',
  'io.supping.order.progressed.v1': 'versions',
  'io.supping.supplement.accepted.v1': 'supplements',
  'io.supping.effective-order.revised.v1': 'revisions',
};

/** In order per order: what is seen for the first time has a later sequence than what was seen before it of its line. */
function orderFindings(seen: readonly Seen[]): Finding[] {
  const last = new Map<string, number>();
  const findings: Finding[] = [];
  for (const { type, subject, sequence } of [...seen].sort((a, b) => a.place - b.place)) {
    const line = LINES[type];
    if (line === undefined) continue;
    const key = `${line} of order ${subject}`;
    const before = last.get(key) ?? 0;
    if (sequence < before) findings.push({ kind: 'reordered', what: `${key}: ${sequence} was told after ${before}` });
    last.set(key, Math.max(before, sequence));
  }
  return findings;
}
