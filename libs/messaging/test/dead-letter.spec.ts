import { expect, test } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import { Topology } from '#messaging';
import { type DeadLetter, readDeadLetter } from '../src/dead-letter.js';

const topology = new Topology('supping.', 4);
const NOW = '2026-01-02T03:04:05.000Z';

function read(headers: Record<string, unknown>, exchange = '', content = '{}', properties: object = {}): DeadLetter | undefined {
  const message = { content: Buffer.from(content), properties: { headers, ...properties }, fields: { exchange, routingKey: 'k' } };
  return readDeadLetter(message as unknown as ConsumeMessage, topology, 'merger', NOW);
}

const ours = {
  'supping-queue': 'supping.merger.01',
  'supping-reason': 'It is wrong.',
  'supping-exchange': 'supping.events',
  'supping-routing-key': 'thing.changed.01',
  'supping-time': '2026-01-01T00:00:00.000Z',
};
const death = (queue: string): Record<string, unknown> => ({
  'x-death': [
    { queue, reason: 'delivery_limit', exchange: 'supping.events', 'routing-keys': ['a.01'], time: { '!': 'timestamp', value: 0 } },
  ],
  'x-first-death-queue': queue,
  'x-delivery-count': 21,
});

test('given a message that was buried, when read, then its way is told and only its own headers are left', () => {
  const headers = { ...ours, 'cloudEvents:subject': 'order-1', CC: ['elsewhere'], 'x-trace': 'kept', 'supping-publish': 7 };
  expect(read(headers, '', '{}', { messageId: 'm', contentType: 'application/json' })).toMatchObject({
    queue: 'supping.merger.01',
    reason: 'It is wrong.',
    exchange: 'supping.events',
    routingKey: 'thing.changed.01',
    diedAt: '2026-01-01T00:00:00.000Z',
    messageId: 'm',
    subject: 'order-1',
    redriveOf: undefined,
    headers: { 'cloudEvents:subject': 'order-1', 'x-trace': 'kept' },
    properties: { messageId: 'm', contentType: 'application/json' },
  });
});

test('given a message the broker gave up, when read, then its death says where and why', () => {
  expect(read(death('supping.merger.03'), 'supping.dead-letters')).toMatchObject({
    queue: 'supping.merger.03',
    reason: expect.stringContaining('delivery_limit'),
    exchange: 'supping.events',
    routingKey: 'a.01',
    diedAt: '1970-01-01T00:00:00.000Z',
    headers: {},
  });
});

test('given a message the broker gave up on a queue of another subscription, when read, then it is left alone', () => {
  expect(read(death('supping.order-service.03'), 'supping.dead-letters')).toBeUndefined();
});

test.each([
  ['nothing', {}],
  ['a death that is none', { 'x-death': 'x', 'supping-queue': 7, 'supping-time': 'never' }],
])('given a message that says %s of its way, when read, then it is a letter all the same', (_what, headers) => {
  for (const exchange of ['', 'supping.dead-letters'])
    expect(read(headers, exchange)).toMatchObject({ queue: '', diedAt: NOW, reason: expect.stringMatching(/\.$/) });
});

test('given U+0000 in what is written into texts, when read, then it is replaced', () => {
  expect(read({ ...ours, 'supping-reason': 'a\u0000b' }, '', '', { messageId: '\u0000' })).toMatchObject({
    reason: 'a\ufffdb',
    messageId: '\ufffd',
  });
});

test('given the same message twice, when read, then the tag is the same; another body, header, queue or redrive makes another', () => {
  const tag = (headers: Record<string, unknown>, content = '{}'): string | undefined => read(headers, '', content)?.tag;
  const first = tag({ ...ours, a: 1, b: 2 });
  expect(tag({ b: 2, a: 1, ...ours, 'supping-time': NOW, 'supping-reason': 'Again.', 'x-delivery-count': 1 })).toBe(first);
  const others = [
    tag({ ...ours, a: 1, b: 2 }, '{"x":1}'),
    tag({ ...ours, a: 1, b: 3 }),
    tag({ ...ours, a: 1, b: 2, 'supping-queue': 'supping.merger.02' }),
    tag({ ...ours, a: 1, b: 2, 'supping-redrive-of': '1' }),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
});
