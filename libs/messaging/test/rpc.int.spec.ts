import { expect, test } from '@jest/globals';
import { NoReplyError, RabbitMqClient, type RabbitMqConnection, RequestFailedError, type Topology } from '#messaging';
import { eventually } from '#testing';
import { givenBrokerProxy, givenConnection, givenTopology, type Undo, undoing } from './fixtures.js';
import { Gate, givenAnswerer, queueState } from './server-fixtures.js';

const undo = undoing();
const PATTERN = 'thing.resend';
const givenRpcTopology = (): Topology => givenTopology(undo, { rpc: [PATTERN] });

function givenClient(connection: RabbitMqConnection, topology: Topology, by: Undo = undo): RabbitMqClient {
  const client = new RabbitMqClient(connection, topology);
  by(() => client.close());
  return client;
}

const failureOf = (request: Promise<unknown>): Promise<unknown> => request.catch((error: unknown) => error);

test('given somebody who serves a pattern, when asked many times at once, then each answer goes to its question', async () => {
  const topology = givenRpcTopology();
  const connection = await givenConnection(undo, topology);
  await givenAnswerer(undo, connection, topology, PATTERN, async ({ number }: { number: number }) => ({ twice: number * 2 }));
  const client = givenClient(connection, topology);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, number) => client.request(PATTERN, { number }, 5_000)));
  expect(answers).toEqual(Array.from({ length: 100 }, (_, number) => ({ twice: number * 2 })));
});

test.each<[string, () => Promise<unknown>, unknown]>([
  ['answers nothing', async () => undefined, null],
  ['answers null', async () => null, null],
  ['answers zero', async () => 0, 0],
])('given a server that %s, when asked, then that is the answer', async (_, answer, expected) => {
  const topology = givenRpcTopology();
  const connection = await givenConnection(undo, topology);
  await givenAnswerer(undo, connection, topology, PATTERN, answer);
  expect(await givenClient(connection, topology).request(PATTERN, {}, 5_000)).toEqual(expected);
});

test.each<[string, () => Promise<unknown>, object]>([
  ['throws an error', () => Promise.reject(new RangeError('no such thing')), { name: 'RangeError', message: 'no such thing' }],
  ['throws details', () => Promise.reject({ message: 'gone', code: 'unknown' }), { message: 'gone', code: 'unknown' }],
  ['throws a text', () => Promise.reject('gone'), { message: 'gone' }],
  ['answers what is no JSON', async () => ({ big: 5n }), { name: 'TypeError', message: 'Do not know how to serialize a BigInt' }],
])('given a server that %s, when asked, then the request fails with that', async (_, answer, failure) => {
  const topology = givenRpcTopology();
  const connection = await givenConnection(undo, topology);
  await givenAnswerer(undo, connection, topology, PATTERN, answer);
  const error = await failureOf(givenClient(connection, topology).request(PATTERN, {}, 5_000));
  expect(error).toBeInstanceOf(RequestFailedError);
  expect((error as RequestFailedError).failure).toEqual(failure);
});

test('given a server that takes its time, when the time is up, then the request fails, may be tried again, and the late answer harms nobody', async () => {
  const topology = givenRpcTopology();
  const connection = await givenConnection(undo, topology);
  const gate = new Gate();
  await givenAnswerer(undo, connection, topology, PATTERN, async ({ slow }: { slow: boolean }) => (slow ? gate.opened : 'quick'));
  const client = givenClient(connection, topology);
  const error = await failureOf(client.request(PATTERN, { slow: true }, 50));
  expect(error).toEqual(new NoReplyError(`No reply to ${PATTERN} within 50 ms.`));
  expect((error as NoReplyError).retryable).toBe(true);
  gate.open();
  expect(await client.request(PATTERN, { slow: false }, 5_000)).toBe('quick');
});

test('given nobody who serves a pattern, when asked, then the request fails at once', async () => {
  const topology = givenTopology(undo);
  const connection = await givenConnection(undo, topology);
  const error = await failureOf(givenClient(connection, topology).request(PATTERN, {}, 60_000));
  expect(error).toEqual(new NoReplyError(`Nobody serves ${topology.rpcQueue(PATTERN)}.`));
});

test('given two replicas, when many ask, then both answer', async () => {
  const topology = givenRpcTopology();
  const connection = await givenConnection(undo, topology);
  const answered = { first: 0, second: 0 };
  await givenAnswerer(undo, connection, topology, PATTERN, async () => void answered.first++);
  await givenAnswerer(undo, await givenConnection(undo, topology), topology, PATTERN, async () => void answered.second++);
  const client = givenClient(connection, topology);
  await Promise.all(Array.from({ length: 60 }, () => client.request(PATTERN, {}, 5_000)));
  expect(answered.first + answered.second).toBe(60);
  expect(Math.min(answered.first, answered.second)).toBeGreaterThan(0);
});

test('given requests in hand, when closed, then they are answered, and later ones go to the other replica', async () => {
  const topology = givenRpcTopology();
  const connection = await givenConnection(undo, topology);
  const gate = new Gate();
  let inHand = 0;
  const first = await givenAnswerer(undo, connection, topology, PATTERN, async () => {
    inHand++;
    await gate.opened;
    return 'first';
  });
  const client = givenClient(connection, topology);
  const asked = [client.request(PATTERN, {}, 5_000), client.request(PATTERN, {}, 5_000)];
  await eventually(() => expect(inHand).toBe(2));
  const closing = first.close();
  const later = client.request(PATTERN, 'later', 5_000);
  gate.open();
  await closing;
  expect(await Promise.all(asked)).toEqual(['first', 'first']);
  const second: unknown[] = [];
  await givenAnswerer(undo, connection, topology, PATTERN, async (payload) => {
    second.push(payload);
    return 'second';
  });
  expect(await later).toBe('second');
  expect(second).toEqual(['later']);
});

test('given a server, when its connection is reset, then it serves again, and a request of a lost connection fails at once', async () => {
  const topology = givenRpcTopology();
  const { proxy, url } = await givenBrokerProxy(undo);
  const connection = await givenConnection(undo, topology, { url });
  const gate = new Gate();
  let asked = 0;
  await givenAnswerer(undo, connection, topology, PATTERN, async () => (++asked === 1 ? gate.opened : 'again'));
  const client = givenClient(connection, topology);
  const request = failureOf(client.request(PATTERN, {}, 60_000));
  await eventually(() => expect(asked).toBe(1));
  proxy.reset();
  expect(await request).toEqual(new NoReplyError('The connection was lost while waiting for the reply.'));
  gate.open();
  await eventually(async () => expect(await client.request(PATTERN, {}, 1_000)).toBe('again'));
  await eventually(async () => expect(await queueState(undo, topology.rpcQueue(PATTERN))).toMatchObject({ consumerCount: 1 }));
});

test('given a broker that is away, when asked, then the time is up as said; and when closed, then who waits is told and close does not hang', async () => {
  const topology = givenRpcTopology();
  const { proxy, url } = await givenBrokerProxy(undo);
  const connection = await givenConnection(undo, topology, { url });
  const client = givenClient(connection, topology);
  proxy.refuse();
  await eventually(() => expect(connection.state().publish).toBe('connecting'));
  expect(await failureOf(client.request(PATTERN, {}, 50))).toEqual(new NoReplyError(`No reply to ${PATTERN} within 50 ms.`));
  const waiting = failureOf(client.request(PATTERN, {}, 60_000));
  const began = Date.now();
  await client.close();
  expect(await waiting).toEqual(new NoReplyError('The client was closed while waiting for the reply.'));
  expect(Date.now() - began).toBeLessThan(3_000);
});
