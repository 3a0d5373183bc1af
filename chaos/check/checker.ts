import { effectFindings } from './effects.js';
import { eventFindings } from './events.js';
import type { Evidence, Finding, Seen } from './evidence.js';
import { historyFindings } from './history.js';
import { lineFindings, orderLines } from './order-lines.js';
import { settledFindings } from './settled.js';

/** Everything that is not as promised, after a run has come to rest. */
export function check(evidence: Evidence): Finding[] {
  const revised = revisedByOrder(evidence.seen);
  const stored = new Map(evidence.effective.map((row) => [row.orderId, row]));
  const orders = orderLines(evidence).flatMap((lines) => [
    ...lineFindings(lines),
    ...historyFindings(lines, revised.get(lines.orderId) ?? new Map(), stored.get(lines.orderId)),
  ]);
  return [
    ...effectFindings(evidence),
    ...orders,
    ...eventFindings(evidence),
    ...settledFindings(evidence),
    ...heardFindings(evidence),
    ...leftovers(evidence),
  ];
}

function revisedByOrder(seen: readonly Seen[]): Map<string, Map<number, Seen>> {
  const orders = new Map<string, Map<number, Seen>>();
  for (const event of seen) {
    if (event.type !== 'io.supping.effective-order.revised.v1') continue;
    const line = orders.get(event.subject) ?? new Map<number, Seen>();
    line.set(event.sequence, event);
    orders.set(event.subject, line);
  }
  return orders;
}

/** The owners follow the merger: each knows the head of every order. */
function heardFindings({ heard, effective }: Evidence): Finding[] {
  const heads = new Map(effective.map((row) => [row.orderId, row]));
  return heard.flatMap(({ owner, orderId, revision, state }): Finding[] => {
    const head = heads.get(orderId);
    if (head === undefined || (head.revision === revision && head.state === state)) return [];
    return [
      {
        kind: 'other',
        what: `${owner} thinks order ${orderId} is ${state} at revision ${revision}; it is ${head.state} at ${head.revision}`,
      },
    ];
  });
}

/** Nothing waits anywhere but what was made to. */
function leftovers({ inputs, outboxes, queues, deadLetters, expectedDeadLetters }: Evidence): Finding[] {
  const waiting = inputs.filter(({ ordinal }) => ordinal === null);
  const dead = deadLetters.filter(({ id }) => !expectedDeadLetters.has(id));
  const buried = new Set(deadLetters.map(({ id }) => id));
  const left = (where: string, counts: Readonly<Record<string, number>>): Finding[] =>
    Object.entries(counts).flatMap(([name, count]): Finding[] =>
      count === 0 ? [] : [{ kind: 'other', what: `${count} left in ${where} ${name}` }],
    );
  return [
    ...waiting.map(
      ({ orderId, line, number }): Finding => ({
        kind: 'other',
        what: `order ${orderId}: ${line} ${number} still waits for one before it`,
      }),
    ),
    ...left('the outbox of', outboxes),
    ...left('queue', queues),
    ...dead.map(({ id, reason }): Finding => ({ kind: 'deadLetter', what: `${id}: ${reason}` })),
    ...[...expectedDeadLetters]
      .filter((id) => !buried.has(id))
      .map((id): Finding => ({ kind: 'other', what: `${id} did not end in the dead letters` })),
  ];
}
