import { expect, test } from '@jest/globals';
import { RabbitMqConnection, RabbitMqServer, Topology } from '#messaging';
import { subscriptionOptions } from '../src/subscription.js';
import { silent } from './events.js';
import { extrasOf } from './server-fixtures.js';

const topology = new Topology('supping.', 1);
const givenServer = (): RabbitMqServer =>
  new RabbitMqServer({
    connection: new RabbitMqConnection({ url: 'amqp://localhost', name: 'test', topology, logger: silent }),
    topology,
    logger: silent,
  });

test('given a subscription, when its options are read, then they are as declared, the batch being 200 if not said', () => {
  expect(subscriptionOptions('reader', extrasOf('reader', { types: ['order.*'] }))).toEqual({
    types: ['order.*'],
    batched: [],
    batch: 200,
    restMs: 0,
  });
  expect(subscriptionOptions('reader', extrasOf('reader', { types: ['order.*'], batch: 5, restMs: 7 }))).toEqual({
    types: ['order.*'],
    batched: [],
    batch: 5,
    restMs: 7,
  });
});

test.each<[string, Record<string, unknown> | undefined, string]>([
  ['is a bare event pattern', undefined, 'must be declared with @Subscription'],
  ['names no types', extrasOf('reader', { types: [] }), 'names no event types'],
  ['has a batch of 0', extrasOf('reader', { types: ['order.*'], batch: 0 }), 'must be a whole number from 1'],
  ['has a batch of 1.5', extrasOf('reader', { types: ['order.*'], batch: 1.5 }), 'must be a whole number from 1'],
])('given a handler that %s, when its options are read, then it is refused', (_, extras, reason) => {
  expect(() => subscriptionOptions('reader', extras)).toThrow(reason);
});

test('given two handlers of one name, when added, then the second is refused: one queue has one handler', () => {
  const server = givenServer();
  server.addHandler('reader', async () => undefined, true, extrasOf('reader', { types: ['order.*'] }));
  expect(() => server.addHandler('reader', async () => undefined, true)).toThrow('Two handlers are declared for "reader"');
});
