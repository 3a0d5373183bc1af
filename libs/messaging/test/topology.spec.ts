import { expect, test } from '@jest/globals';
import { outboxTable } from '../src/outbox.js';
import { shardOf, shardSuffix } from '../src/shard.js';
import { shortType, Topology } from '../src/topology.js';

const topology = new Topology('supping.', 16);

test('given a prefix, when names are asked for, then all begin with it', () => {
  expect(topology.events).toBe('supping.events');
  expect(topology.deadLetterExchange).toBe('supping.dead-letters');
  expect(topology.deadLetterQueue('merger')).toBe('supping.dead-letters.merger');
  expect(topology.subscriptionQueue('merger', 7)).toBe('supping.merger.07');
  expect(topology.rpcQueue('order.resend')).toBe('supping.rpc.order.resend');
});

test.each([
  ['supping.merger.07', true],
  ['supping.merger.123', true],
  ['supping.merger', false],
  ['supping.merger.x7', false],
  ['supping.merger.dead.07', false],
  ['other.merger.07', false],
])('given the queue %s, when asked whether it is one of the subscription merger, then the answer is %s', (queue, its) => {
  expect(topology.isSubscriptionQueue(queue, 'merger')).toBe(its);
});

test.each([
  ['io.supping.supplement.accepted.v1', 'supplement.accepted'],
  ['io.supping.effective-order.revised.v12', 'effective-order.revised'],
  ['supplement.accepted', 'supplement.accepted'],
  ['order.*', 'order.*'],
  ['#', '#'],
])('given the type %s, when shortened, then it is %s', (type, short) => {
  expect(shortType(type)).toBe(short);
});

test('given an event type and key, when routed, then the routing key is the short type and the shard of the key', () => {
  const shard = shardSuffix(shardOf('order-1', 16));
  expect(topology.routingKey('io.supping.supplement.accepted.v1', 'order-1')).toBe(`supplement.accepted.${shard}`);
  expect(topology.routingKey('supplement.accepted', 'order-1')).toBe(`supplement.accepted.${shard}`);
});

test.each([0, -1, 1.5, Number.NaN])('given %d shards, when a topology is made, then it is refused', (shards) => {
  expect(() => new Topology('supping.', shards)).toThrow(`shards must be a whole number from 1, not ${shards}`);
});

test.each(['Sender', 'a"b', '', 'a.b', '1a'])('given the schema %j, when its outbox is named, then it is refused', (schema) => {
  expect(() => outboxTable(schema)).toThrow('not a plain schema name');
});
