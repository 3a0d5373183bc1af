import { expect, test } from '@jest/globals';
import { eventType } from '#contracts';
import { newsOf } from './news.js';

const told = { orderId: 'o', sequence: 1, at: '2026-06-01T00:00:00.000Z' };

test('a batch of the merger is folded into one outcome per supplement', () => {
  const news = newsOf([
    { type: eventType('supplement.merged'), data: { ...told, supplementId: 'a', revision: 2 } },
    { type: eventType('supplement.rejected'), data: { ...told, supplementId: 'b', problems: [{ code: 'unknown-item', detail: 'x' }] } },
    { type: eventType('supplement.held'), data: { ...told, supplementId: 'c', problems: [] } },
    { type: eventType('supplement.merged'), data: { ...told, supplementId: 'a', revision: 2 } },
    { type: 'io.supping.something.else.v1', data: {} },
  ]);
  expect(news).toEqual({
    heads: [],
    items: [],
    outcomes: [
      { id: 'a', state: 'merged', revision: 2, problems: null },
      { id: 'b', state: 'rejected', revision: null, problems: [{ code: 'unknown-item', detail: 'x' }] },
      { id: 'c', state: 'held', revision: null, problems: [] },
    ],
  });
});
