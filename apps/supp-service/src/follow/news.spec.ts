import { describe, expect, test } from '@jest/globals';
import { eventType } from '#contracts';
import { fixture } from '#contracts/fixtures';
import type { Change } from '#order-model';
import { newsOf } from './news.js';

const AT = '2026-06-01T00:00:00.000Z';
const told = { orderId: 'o', sequence: 1, at: AT };
const event = (name: 'supplement.held' | 'supplement.rejected', data: object) => ({ type: eventType(name), data });
const merged = (id: string, sequence: number, revision: number) => ({
  type: eventType('effective-order.revised'),
  data: {
    ...fixture('effective-order.revised'),
    ...{ orderId: 'o', revision, at: AT, cause: { kind: 'supplement', id, sequence, by: 'x' }, state: 'inProgress', delta: [], items: [] },
  },
});

test('a batch of the merger is folded into one outcome per supplement', () => {
  const news = newsOf([
    merged('a', 1, 2),
    event('supplement.rejected', { ...told, supplementId: 'b', problems: [{ code: 'unknown-item', detail: 'x' }] }),
    event('supplement.held', { ...told, supplementId: 'c', problems: [] }),
    merged('a', 1, 2),
    { type: 'io.supping.something.else.v1', data: {} },
  ]);
  expect(news).toEqual({
    heads: [{ orderId: 'o', revision: 2, state: 'inProgress' }],
    items: [],
    dueDates: [],
    outcomes: [
      { ...told, id: 'a', state: 'merged', revision: 2, problems: null },
      { ...told, id: 'b', state: 'rejected', revision: null, problems: [{ code: 'unknown-item', detail: 'x' }] },
      { ...told, id: 'c', state: 'held', revision: null, problems: [] },
    ],
  });
});

test('of a supplement that entered the line twice, the outcome of its later entry counts, whatever comes last', () => {
  const first = event('supplement.held', { ...told, supplementId: 'a', problems: [] });
  const second = merged('a', 3, 4);
  for (const batch of [
    [first, second],
    [second, first],
    [first, second, first],
  ]) {
    expect(newsOf(batch).outcomes).toMatchObject([{ id: 'a', sequence: 3, state: 'merged' }]);
  }
});

describe('the due date of an order', () => {
  const revised = (revision: number, delta: Change[], orderId = 'o') => ({
    type: eventType('effective-order.revised'),
    data: { ...fixture('effective-order.revised'), orderId, revision, previousRevision: revision - 1, delta },
  });
  const whole = (after: Change['after']): Change[] => [{ path: '', ...(after === undefined ? {} : { after }) }];
  const date = (after?: string): Change[] => [{ path: '/requestedCompletionDate', before: 'x', ...(after === undefined ? {} : { after }) }];
  test('is in the first revision’s document and in later deltas; the newest counts', () => {
    const batch = [
      revised(3, date('2027-03-01')),
      revised(1, whole({ requestedCompletionDate: '2027-02-01' })),
      revised(1, whole({}), 'p'),
    ];
    expect(newsOf(batch).dueDates).toEqual([
      { orderId: 'o', revision: 3, dueDate: '2027-03-01' },
      { orderId: 'p', revision: 1, dueDate: null },
    ]);
  });
  test('is gone where a revision removed it', () => {
    expect(newsOf([revised(4, date())]).dueDates).toEqual([{ orderId: 'o', revision: 4, dueDate: null }]);
  });
  test('is no news where a revision left it alone', () => {
    expect(newsOf([revised(5, [{ path: '/requestedCompletionDate/x', after: 1 }])]).dueDates).toEqual([]);
  });
});
