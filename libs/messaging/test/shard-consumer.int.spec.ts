import { expect, test } from '@jest/globals';
import type { Channel } from 'amqplib';
import { type CloudEvent, declareCommon, declareSubscription, shardOf, type Topology } from '#messaging';
import { eventually, withoutCancels } from '#testing';
import { named } from './events.js';
import { givenBrokerProxy, givenChannel, givenConnection, givenTopology, undoing } from './fixtures.js';
import { names, numbered } from './outbox-fixtures.js';
import { Gate, givenReader, queueState, send, sendBatch } from './server-fixtures.js';

const undo = undoing();
const givenReaderTopology = (): Topology => givenTopology(undo, { subscriptions: ['reader'] });
const thenHandled = (batches: readonly string[][], expected: string[]): Promise<void> =>
  eventually(() => expect(batches.flat()).toEqual(expected));
const thenQueueEmpty = (topology: Topology): Promise<void> =>
  eventually(async () => expect((await queueState(undo, topology.subscriptionQueue('reader', 0))).messageCount).toBe(0));
/** The broker has noticed that the reader's connection is gone. */
const thenNotConsumed = (topology: Topology): Promise<void> =>
  eventually(async () => expect((await queueState(undo, topology.subscriptionQueue('reader', 0))).consumerCount).toBe(0));
const LONG = { timeoutMs: 45_000 };
/** A channel, the reader's queues being there before the reader. */
async function givenChannelWithReader(topology: Topology): Promise<Channel> {
  const channel = await givenChannel(undo);
  await declareCommon(channel, topology);
  await declareSubscription(channel, topology, 'reader', 0, ['thing.*']);
  return channel;
}

test('given many events of a shard, when consumed, then they come in batches, in queue order, one batch at a time', async () => {
  const topology = givenReaderTopology();
  const batches: string[][] = [];
  let underWay = 0;
  let most = 0;
  await givenReader(undo, await givenConnection(undo, topology), topology, async (events) => {
    most = Math.max(most, ++underWay);
    await new Promise(setImmediate);
    batches.push(named(events));
    underWay--;
  });
  send(await givenChannel(undo), topology, ...numbered('a', 1, 1_000));
  await thenHandled(batches, names('a', 1, 1_000));
  expect(most).toBe(1);
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(50);
  expect(batches.length).toBeLessThan(500);
});

test('given messages with many events each, when consumed, then a batch has as many events as it may, and the rest of the last message', async () => {
  const topology = givenReaderTopology();
  const batches: string[][] = [];
  const gate = new Gate();
  undo(gate.open);
  const onBatch = async (events: CloudEvent[]): Promise<void> => {
    batches.push(named(events));
    if (batches.length === 1) await gate.opened;
  };
  await givenReader(undo, await givenConnection(undo, topology), topology, onBatch, { types: [], batched: ['thing.changed'], batch: 10 });
  const channel = await givenChannel(undo);
  for (let n = 0; n < 6; n += 1) sendBatch(channel, topology, ...(numbered('a', 4 * n + 1, 4 * n + 4) as [CloudEvent, ...CloudEvent[]]));
  await eventually(() => expect(batches.length).toBe(1));
  await eventually(async () => expect((await queueState(undo, topology.subscriptionQueue('reader', 0))).messageCount).toBe(0));
  gate.open();
  await thenHandled(batches, names('a', 1, 24));
  expect(Math.max(...batches.slice(1).map((batch) => batch.length))).toBe(12);
});

test('given a batch being handled, when the connection is lost, then it comes again, in order, before what was behind it', async () => {
  const topology = givenReaderTopology();
  const { proxy, url } = await givenBrokerProxy(undo);
  const gate = new Gate();
  undo(gate.open);
  const batches: string[][] = [];
  await givenReader(
    undo,
    await givenConnection(undo, topology, { url }),
    topology,
    async (events) => {
      batches.push(named(events));
      if (batches.length === 1) await gate.opened;
    },
    { batch: 10 },
  );
  send(await givenChannel(undo), topology, ...numbered('a', 1, 30));
  await eventually(() => expect(batches).toHaveLength(1));
  proxy.reset();
  await thenNotConsumed(topology);
  gate.open();
  await eventually(() => expect(new Set(batches.slice(1).flat()).size).toBe(30));
  expect([...new Set(batches.slice(1).flat())]).toEqual(names('a', 1, 30));
});

test('given a handler that succeeded, when another consumer follows, then the batch does not come again', async () => {
  const topology = givenReaderTopology();
  const connection = await givenConnection(undo, topology);
  const batches: string[][] = [];
  const onBatch = async (events: Parameters<typeof named>[0]): Promise<void> => void batches.push(named([...events]));
  const first = await givenReader(undo, connection, topology, onBatch);
  const channel = await givenChannel(undo);
  send(channel, topology, ...numbered('a', 1, 10));
  await thenHandled(batches, names('a', 1, 10));
  await first.close();
  await givenReader(undo, connection, topology, onBatch);
  send(channel, topology, ...numbered('a', 11, 12));
  await thenHandled(batches, names('a', 1, 12));
});

test('given two consumers, when events come, then one is active, and when it ends the other one takes over where it stopped', async () => {
  const topology = givenReaderTopology();
  const seen: Record<'first' | 'second', string[][]> = { first: [], second: [] };
  const first = await givenReader(
    undo,
    await givenConnection(undo, topology),
    topology,
    async (events) => void seen.first.push(named(events)),
  );
  await givenReader(undo, await givenConnection(undo, topology), topology, async (events) => void seen.second.push(named(events)));
  const channel = await givenChannel(undo);
  // Each hands its first new message to the other before it lets the broker send ahead.
  for (const nth of [1, 2]) {
    send(channel, topology, ...numbered('w', nth, nth));
    await eventually(() => expect([...seen.first, ...seen.second].flat()).toHaveLength(nth));
  }
  expect(seen).toEqual({ first: [['w/2']], second: [['w/1']] });
  send(channel, topology, ...numbered('a', 1, 100));
  await thenHandled(seen.first, ['w/2', ...names('a', 1, 100)]);
  await first.close();
  send(channel, topology, ...numbered('a', 101, 200));
  await thenHandled(seen.second, ['w/1', ...names('a', 101, 200)]);
  expect(seen.first.flat()).toHaveLength(101);
});

test('given a batch in hand, when closed, then it is finished and acknowledged, and the rest stays for the next in order', async () => {
  const topology = givenReaderTopology();
  const connection = await givenConnection(undo, topology);
  const gate = new Gate();
  const seen: Record<'first' | 'second', string[][]> = { first: [], second: [] };
  const server = await givenReader(
    undo,
    connection,
    topology,
    async (events) => {
      seen.first.push(named(events));
      await gate.opened;
    },
    { batch: 2 },
  );
  const channel = await givenChannel(undo);
  send(channel, topology, ...numbered('a', 1, 1));
  await eventually(() => expect(seen.first).toHaveLength(1));
  send(channel, topology, ...numbered('a', 2, 9));
  const closing = server.close();
  gate.open();
  await closing;
  await givenReader(undo, connection, topology, async (events) => void seen.second.push(named(events)));
  await thenHandled(seen.second, names('a', 2, 9));
  expect(seen.first).toEqual([['a/1']]);
});

test('given a consumer, when its queue is deleted, then it declares it again and goes on', async () => {
  const topology = givenReaderTopology();
  const batches: string[][] = [];
  await givenReader(undo, await givenConnection(undo, topology), topology, async (events) => void batches.push(named(events)));
  const channel = await givenChannel(undo);
  send(channel, topology, ...numbered('a', 1, 1));
  await thenHandled(batches, ['a/1']);
  const queue = topology.subscriptionQueue('reader', 0);
  await channel.deleteQueue(queue);
  await eventually(async () => expect((await queueState(undo, queue)).consumerCount).toBe(1));
  send(channel, topology, ...numbered('a', 2, 3));
  await thenHandled(batches, names('a', 1, 3));
});

test('given a consumer that is not told so, when its queue is deleted, then it finds out, declares it again and goes on', async () => {
  const topology = givenReaderTopology();
  const { url } = await givenBrokerProxy(undo, withoutCancels);
  const batches: string[][] = [];
  const onBatch = async (events: CloudEvent[]): Promise<void> => void batches.push(named(events));
  await givenReader(undo, await givenConnection(undo, topology, { url }), topology, onBatch);
  const channel = await givenChannel(undo);
  send(channel, topology, ...numbered('a', 1, 1));
  await thenHandled(batches, ['a/1']);
  const queue = topology.subscriptionQueue('reader', 0);
  await channel.deleteQueue(queue);
  await eventually(async () => expect((await queueState(undo, queue)).consumerCount).toBe(1), LONG);
  send(channel, topology, ...numbered('a', 2, 3));
  await thenHandled(batches, names('a', 1, 3));
}, 60_000);

test('given an event that costs its consumer the connection every time, when consumed, then it alone goes to the dead letters', async () => {
  const topology = givenReaderTopology();
  const { proxy, url } = await givenBrokerProxy(undo);
  const seen = new Set<string>();
  send(await givenChannelWithReader(topology), topology, ...numbered('a', 1, 30));
  await givenReader(undo, await givenConnection(undo, topology, { url }), topology, async (events) => {
    const bad = events.findIndex(({ sequence }) => sequence === 5);
    if (bad >= 0) {
      proxy.reset();
      await thenNotConsumed(topology);
      throw new Error('gone');
    }
    for (const name of named(events)) seen.add(name);
  });
  await eventually(async () => expect((await queueState(undo, topology.deadLetterQueue('reader'))).messageCount).toBe(1), LONG);
  await eventually(
    () =>
      expect([...seen].sort()).toEqual(
        names('a', 1, 30)
          .filter((name) => name !== 'a/5')
          .sort(),
      ),
    LONG,
  );
  await thenQueueEmpty(topology);
  expect(await queueState(undo, topology.deadLetterQueue('reader'))).toMatchObject({ messageCount: 1 });
}, 60_000);

test('given events too large to have many of in hand, when consumed, then fewer are taken at once, and all come in order', async () => {
  const topology = givenReaderTopology();
  const gate = new Gate();
  undo(gate.open);
  const batches: string[][] = [];
  const data = { text: 'x'.repeat(500_000) };
  const channel = await givenChannelWithReader(topology);
  send(channel, topology, ...numbered('a', 1, 60).map((event) => ({ ...event, data })));
  await eventually(async () => expect((await queueState(undo, topology.subscriptionQueue('reader', 0))).messageCount).toBe(60));
  const onBatch = async (events: Parameters<typeof named>[0]): Promise<void> => {
    batches.push(named([...events]));
    await gate.opened;
  };
  await givenReader(undo, await givenConnection(undo, topology), topology, onBatch, { batch: 60 });
  await eventually(() => expect(batches).toHaveLength(1));
  await eventually(async () => expect((await queueState(undo, topology.subscriptionQueue('reader', 0))).messageCount).toBe(0));
  gate.open();
  await eventually(() => expect([...new Set(batches.flat())]).toEqual(names('a', 1, 60)), LONG);
  expect(Math.max(...batches.map(({ length }) => length))).toBeLessThan(20);
}, 60_000);

test('given a queue somebody declared otherwise, when listening, then the error is told instead of trying for ever', async () => {
  const topology = givenReaderTopology();
  const channel = await givenChannel(undo);
  await declareCommon(channel, topology);
  await channel.assertQueue(topology.subscriptionQueue('reader', 0), { durable: true });
  const connection = await givenConnection(undo, topology);
  await expect(givenReader(undo, connection, topology, async () => undefined)).rejects.toThrow(/PRECONDITION_FAILED/);
});

test('given a transient error, when handled, then the same batch is tried again until it works, and nothing is dead-lettered', async () => {
  const topology = givenReaderTopology();
  const batches: string[][] = [];
  await givenReader(undo, await givenConnection(undo, topology), topology, async (events) => {
    batches.push(named(events));
    if (batches.length < 4) throw Object.assign(new Error('the database is away'), { code: 'ECONNREFUSED' });
  });
  send(await givenChannel(undo), topology, ...numbered('a', 1, 1));
  await eventually(() => expect(batches).toEqual([['a/1'], ['a/1'], ['a/1'], ['a/1']]));
  await thenQueueEmpty(topology);
  expect(await queueState(undo, topology.deadLetterQueue('reader'))).toMatchObject({ messageCount: 0 });
});

test('given a database that stays away, when closed, then close does not wait for it and the batch stays for the next', async () => {
  const topology = givenReaderTopology();
  const connection = await givenConnection(undo, topology);
  let tried = 0;
  const server = await givenReader(undo, connection, topology, async () => {
    tried++;
    throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
  });
  send(await givenChannel(undo), topology, ...numbered('a', 1, 5));
  await eventually(() => expect(tried).toBeGreaterThan(1));
  await server.close();
  const batches: string[][] = [];
  await givenReader(undo, connection, topology, async (events) => void batches.push(named(events)));
  await thenHandled(batches, names('a', 1, 5));
});

test('given several shards, when events of all come at once, then they are handled together, and one that is stuck holds up its own shard only', async () => {
  const topology = givenTopology(undo, { subscriptions: ['reader'], shards: 4 });
  const subjects = Array.from({ length: 40 }, (_, n) => `s${n}`);
  const others = subjects.filter((subject) => shardOf(subject, 4) !== shardOf('s0', 4));
  const gate = new Gate();
  undo(gate.open);
  let stuck = true;
  let widest = 0;
  const handled = new Set<string>();
  await givenReader(undo, await givenConnection(undo, topology), topology, async (events) => {
    widest = Math.max(widest, new Set(events.map(({ subject }) => shardOf(subject, 4))).size);
    if (events.some(({ subject }) => subject === 'first')) await gate.opened;
    if (stuck && events.some(({ subject }) => subject === 's0')) throw Object.assign(new Error('locked'), { retryable: true });
    for (const name of named(events)) handled.add(name);
  });
  const channel = await givenChannel(undo);
  send(channel, topology, ...numbered('first', 1, 1));
  send(channel, topology, ...subjects.flatMap((subject) => numbered(subject, 1, 2)));
  const ready = subjects.map((subject) => topology.subscriptionQueue('reader', shardOf(subject, 4)));
  await eventually(async () => {
    for (const queue of new Set(ready)) expect((await queueState(undo, queue)).messageCount).toBe(0);
  });
  gate.open();
  await eventually(() => expect([...handled]).toEqual(expect.arrayContaining(others.flatMap((subject) => names(subject, 1, 2)))));
  expect(widest).toBeGreaterThan(1);
  expect(handled.has('s0/1')).toBe(false);
  stuck = false;
  await eventually(() => expect(handled.size).toBe(81), LONG);
}, 60_000);

test('given a batch under way, when events of another shard come one after the other meanwhile, then they go together in the next', async () => {
  const topology = givenTopology(undo, { subscriptions: ['reader'], shards: 2 });
  const subject = ['a', 'b', 'c', 'd', 'e'].find((name) => shardOf(name, 2) !== shardOf('first', 2)) as string;
  const gate = new Gate();
  undo(gate.open);
  const batches: string[][] = [];
  const connection = await givenConnection(undo, topology);
  await givenReader(undo, connection, topology, async (events) => {
    batches.push(named(events));
    if (batches.length === 2) await gate.opened;
  });
  const channel = await connection.openPublishChannel();
  // The broker sends a shard one event until the first is handled, and ahead from then on.
  send(channel, topology, ...numbered(subject, 1, 1));
  await thenHandled(batches, names(subject, 1, 1));
  send(channel, topology, ...numbered('first', 1, 1));
  await eventually(() => expect(batches).toHaveLength(2));
  for (const nth of [2, 3, 4, 5]) {
    send(channel, topology, ...numbered(subject, nth, nth));
    await channel.waitForConfirms();
    await eventually(async () => {
      const state = await queueState(undo, topology.subscriptionQueue('reader', shardOf(subject, 2)));
      expect(state.messageCount).toBe(0);
    });
  }
  gate.open();
  await eventually(() => expect(batches.flat()).toHaveLength(6));
  expect(batches).toEqual([names(subject, 1, 1), names('first', 1, 1), names(subject, 2, 5)]);
});
