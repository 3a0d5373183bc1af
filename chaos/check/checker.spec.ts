import { expect, test } from '@jest/globals';
import { check } from './checker.js';
import type { Evidence, Finding, Followed, Seen } from './evidence.js';
import { amend, ORDER, operation, promised, supplementRow } from './given.js';

const kindsOf = (evidence: Evidence): Finding['kind'][] => check(evidence).map(({ kind }) => kind);

/** The second revision behind the third. */
const moved = (followed: readonly Followed[]): Followed[] => {
  const second = followed.filter(({ id }) => id.endsWith('revisions/2'));
  return [...followed.filter(({ id }) => !id.endsWith('revisions/2')), ...second];
};

interface Outcome {
  readonly state: string;
}
const withOutcomes = (event: Seen, change: (all: Outcome[]) => Outcome[]): Seen => {
  const data = event.data as { outcomes: Outcome[] };
  return { ...event, data: { ...data, outcomes: change(data.outcomes) } };
};

test('given a run as promised, when checked, then nothing is found', () => {
  expect(check(promised())).toEqual([]);
});

const planted: readonly [string, Finding['kind'], RegExp, (evidence: Evidence) => Partial<Evidence>][] = [
  [
    'a 2xx that is not in the ledger',
    'lost',
    /op-9 was accepted/,
    (it) => ({ operations: [...it.operations, operation('supplement', 'op-9', 'x')] }),
  ],
  [
    'a 2xx that is there twice',
    'duplicated',
    /op-2 has 2 effects/,
    (it) => ({ supplements: [...it.supplements, supplementRow(3, {}, { request: { changes: {}, reason: { text: 'op-2' } } })] }),
  ],
  [
    'a refused one that is there',
    'other',
    /op-3 was refused/,
    (it) => ({ operations: it.operations.map((one) => (one.marker === 'op-3' ? { ...one, outcome: 'refused' as const } : one)) }),
  ],
  [
    'one that was never answered',
    'other',
    /no answer/,
    (it) => ({ operations: it.operations.map((one) => (one.marker === 'op-3' ? { ...one, outcome: 'unknown' as const } : one)) }),
  ],
  [
    'one that was told another id',
    'other',
    /was told y/,
    (it) => ({ operations: it.operations.map((one) => (one.marker === 'op-3' ? { ...one, told: 'y' } : one)) }),
  ],
  [
    'an event that the feed leaves out',
    'lost',
    /revisions\/2 is not in the feed/,
    (it) => ({ followed: it.followed.filter(({ id }) => !id.endsWith('revisions/2')) }),
  ],
  [
    'an event that the feed gives twice',
    'duplicated',
    /the feed gave .*revisions\/1 twice/,
    (it) => ({ followed: [...it.followed.slice(0, 1), ...it.followed] }),
  ],
  [
    'an event that the feed gives for no change',
    'other',
    /the feed gave \/merger-worker x/,
    (it) => ({ followed: [...it.followed, { ...(it.followed[0] as Followed), id: 'x', sequence: 9 }] }),
  ],
  [
    'events that the feed gives out of order',
    'reordered',
    /the feed, revisions of order-?.*: 2 came after 3/,
    (it) => ({ followed: moved(it.followed) }),
  ],
  ['an effect nobody asked for', 'other', /nobody asked/, (it) => ({ operations: it.operations.slice(0, 2) })],
  ['a supplement that was never merged', 'lost', /supplement 2 was never merged/, (it) => ({ inputs: it.inputs.slice(0, 2) })],
  [
    'an input merged twice',
    'duplicated',
    /merged as 1,2,2/,
    (it) => ({ inputs: [...it.inputs, { orderId: ORDER, line: 'supplement', number: 2, ordinal: 4 }] }),
  ],
  [
    'a line merged out of its order',
    'reordered',
    /merged as 2,1/,
    (it) => ({ inputs: it.inputs.map((row) => (row.line === 'supplement' ? { ...row, ordinal: 4 - row.number } : row)) }),
  ],
  ['a revision that is missing', 'other', /numbered 1,3/, (it) => ({ revisions: it.revisions.filter(({ revision }) => revision !== 2) })],
  [
    'two revisions of one cause',
    'duplicated',
    /same cause/,
    (it) => ({
      revisions: it.revisions.map((row, at) =>
        at === 2 ? { ...row, body: { ...row.body, cause: { ...row.body.cause, sequence: 1 } } } : row,
      ),
    }),
  ],
  [
    'a revision dated before the one it follows',
    'reordered',
    /dated before/,
    (it) => ({ revisions: it.revisions.map((row, at) => (at === 2 ? { ...row, at: '2026-01-01T00:00:00.000Z' } : row)) }),
  ],
  [
    'a change that was never told',
    'lost',
    /supplement.merged .* never told/,
    (it) => ({ seen: it.seen.filter(({ type }) => !type.includes('merged')) }),
  ],
  [
    'a head that the owners were not told',
    'lost',
    /told revision 1 of order order-a, which has 3/,
    (it) => ({ seen: it.seen.filter(({ id }) => id !== `${ORDER}/settled/3`) }),
  ],
  [
    'an outcome that the owners were not told',
    'lost',
    /never told that supplement supplement-2 is merged/,
    (it) => ({ seen: it.seen.map((one) => (one.id.includes('settled/3') ? withOutcomes(one, (all) => all.slice(0, 1)) : one)) }),
  ],
  [
    'an outcome that the owners were told otherwise',
    'other',
    /supplement-1 is held, and it is merged/,
    (it) => ({
      seen: it.seen.map((one) =>
        one.id.includes('settled/3') ? withOutcomes(one, ([first, ...rest]) => [{ ...(first as Outcome), state: 'held' }, ...rest]) : one,
      ),
    }),
  ],
  [
    'an event without a change',
    'other',
    /no such change/,
    (it) => ({ seen: [...it.seen, { ...(it.seen[0] as Evidence['seen'][number]), id: `${ORDER}/versions/9` }] }),
  ],
  [
    'events in another order than the changes',
    'reordered',
    /2 was told after 3/,
    (it) => ({ seen: it.seen.map((one) => (one.id === `${ORDER}/revisions/2` ? { ...one, place: 99 } : one)) }),
  ],
  [
    'an event that says something else than its revision',
    'other',
    /its event differ/,
    (it) => ({
      seen: it.seen.map((one) => (one.id === `${ORDER}/revisions/3` ? { ...one, data: { ...(one.data as object), delta: [] } } : one)),
    }),
  ],
  [
    'a supplement that says it was held',
    'other',
    /a replay says revised/,
    (it) => ({ supplements: it.supplements.map((row) => (row.sequence === 2 ? { ...row, state: 'held' } : row)) }),
  ],
  [
    'a merge that did something else',
    'other',
    /not what a replay gives/,
    (it) => ({
      supplements: it.supplements.map((row) =>
        row.sequence === 2 ? { ...row, request: { ...row.request, changes: amend('1', 'floor', '5') } } : row,
      ),
    }),
  ],
  [
    'an effective order that is not what its revisions say',
    'other',
    /effective order is not what a replay gives/,
    (it) => ({ effective: it.effective.map((row) => ({ ...row, document: { ...row.document, description: 'x' } })) }),
  ],
  ['an owner that is behind', 'other', /thinks order/, (it) => ({ heard: it.heard.map((row) => ({ ...row, revision: 2 })) })],
  ['an outbox with rows', 'other', /1 left in the outbox/, () => ({ outboxes: { order_service: 1 } })],
  ['a queue with messages', 'other', /2 left in queue/, () => ({ queues: { 'chaos.merger.00': 2 } })],
  [
    'an input that waits',
    'other',
    /still waits/,
    (it) => ({ inputs: [...it.inputs, { orderId: ORDER, line: 'supplement', number: 5, ordinal: null }] }),
  ],
  ['a dead letter nobody expects', 'deadLetter', /poison-1/, () => ({ expectedDeadLetters: new Set() })],
  ['poison that went elsewhere', 'other', /did not end in the dead letters/, () => ({ deadLetters: [] })],
];

test.each(planted)('given %s, when checked, then it is found as %s', (_, kind, message, plant) => {
  const evidence = { ...promised(), ...plant(promised()) };
  expect(kindsOf(evidence)).toContain(kind);
  expect(
    check(evidence)
      .map(({ what }) => what)
      .join('\n'),
  ).toMatch(message);
});
