import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type CloudEvent, outboxTable } from '#messaging';
import { eventually } from '#testing';
import { eventsFromAmqp } from '../src/event-batch.js';
import { OutboxSession } from '../src/outbox-session.js';
import { eventOf, firstOccurrences, named } from './events.js';
import { append, givenBrokerProxy, givenChannel, givenConnection, givenReceiver, SCHEMA, undoing } from './fixtures.js';
import { names, numbered, outboxScene, thenLeads } from './outbox-fixtures.js';

const undo = undoing();
const scene = outboxScene(undo);

test('given an event no queue is bound for, when published, then it is kept and tried until one is, and holds only its own subject', async () => {
  const other = await givenReceiver(undo, scene.topology, 'other.#');
  const relay = scene.givenRelay(await givenConnection(undo, scene.topology));
  const type = 'io.supping.other.changed.v1';
  await append(
    scene.dataSource,
    scene.topology,
    ...numbered('a', 1, 3),
    eventOf('b', 1, { type }),
    eventOf('a', 4, { type }),
    eventOf('b', 2, { type }),
  );
  await eventually(() => expect(named(other.events)).toEqual(['b/1', 'b/2']));
  await eventually(async () => {
    expect(await relay.status()).toMatchObject({
      rows: 4,
      inFlight: 0,
      heldSubjects: 1,
      lastError: 'no queue is bound to its routing key',
    });
  });
  const bound = await givenReceiver(undo, scene.topology, '#');
  await eventually(() => expect(named(bound.events)).toEqual(names('a', 1, 4)));
  await eventually(async () => expect(await relay.status()).toMatchObject({ rows: 0, heldSubjects: 0, lastError: undefined }));
});

test('given an event that may go unheard, when no queue is bound for it, then the ones behind it are not held up', async () => {
  const receiver = await givenReceiver(undo, scene.topology, 'thing.#');
  scene.givenRelay(await givenConnection(undo, scene.topology), { unheard: ['other.changed'] });
  await append(scene.dataSource, scene.topology, eventOf('a', 1, { type: 'io.supping.other.changed.v1' }), ...numbered('a', 2, 3));
  await eventually(() => expect(named(receiver.events)).toEqual(names('a', 2, 3)));
  await scene.thenEmpty();
});

test('given events that are told in batches, when published, then who reads batches has them in order, and who reads them alone too', async () => {
  const alone = await givenReceiver(undo, scene.topology, 'thing.#');
  const relay = scene.givenRelay(await givenConnection(undo, scene.topology), { unheard: ['thing.changed'], batched: ['thing.changed'] });
  const subjects = ['a', 'b', 'c', 'd'];
  const many = Array.from({ length: 50 }, (_, n) => subjects.map((subject) => eventOf(subject, n + 1))).flat();
  await append(scene.dataSource, scene.topology, ...many);
  // Nobody reads batches yet: they are kept.
  await eventually(async () => expect(await relay.status()).toMatchObject({ rows: 200, inFlight: 0, heldSubjects: 4 }));
  const channel = await givenChannel(undo);
  const { queue } = await channel.assertQueue('', { exclusive: true });
  const batches: CloudEvent[][] = [];
  await channel.bindQueue(queue, scene.topology.batches, 'thing.#');
  await channel.consume(queue, (message) => message && batches.push(eventsFromAmqp(message)), { noAck: true });
  await scene.thenEmpty();
  for (const subject of subjects) {
    expect(firstOccurrences(batches.flat().filter((event) => event.subject === subject))).toEqual(names(subject, 1, 50));
    expect(firstOccurrences(alone.events.filter((event) => event.subject === subject))).toEqual(names(subject, 1, 50));
  }
  expect(batches.length).toBeLessThan(100);
});

test('given a clock that jumps back an hour while nothing waits, when another process appends, then it is published all the same', async () => {
  const receiver = await givenReceiver(undo, scene.topology, '#');
  scene.givenRelay(await givenConnection(undo, scene.topology));
  await append(scene.dataSource, scene.topology, ...numbered('a', 1, 1));
  await scene.thenEmpty();
  const now = Date.now;
  undo(() => {
    Date.now = now;
  });
  Date.now = () => now() - 3_600_000;
  for (const nth of [2, 3]) {
    await append(scene.dataSource, scene.topology, ...numbered('a', nth, nth));
    await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, nth)));
  }
});

test('given large events, when scanned, then a few are read at once, one at least, and all go out', async () => {
  const large = (number: number, megabytes: number) =>
    eventOf('a', number, { data: { text: randomBytes(megabytes * 500_000).toString('hex') } });
  await append(
    scene.dataSource,
    scene.topology,
    ...Array.from({ length: 12 }, (_, index) => large(index + 1, 1)),
    large(13, 6),
    large(14, 6),
  );
  const session = await OutboxSession.open(scene.dataSource, SCHEMA, 15_000, () => undefined);
  undo(() => session.close());
  const { rows, more } = await session.scan(500, [], []);
  expect([rows.map(({ messages }) => messages[0]?.event.sequence), more]).toEqual([[1, 2, 3, 4, 5], true]);
  const seqs = (await scene.dataSource.query<{ seq: string }[]>(`SELECT seq FROM ${outboxTable(SCHEMA)} ORDER BY seq`)).map(
    ({ seq }) => seq,
  );
  for (const [taken, expected] of [
    [12, { sequences: [13], more: true }],
    [13, { sequences: [14], more: false }],
    [14, { sequences: [], more: false }],
  ] as const) {
    const scanned = await session.scan(500, seqs.slice(0, taken), []);
    expect({ sequences: scanned.rows.map(({ messages }) => messages[0]?.event.sequence), more: scanned.more }).toEqual(expected);
  }
  const receiver = await givenReceiver(undo, scene.topology, '#');
  scene.givenRelay(await givenConnection(undo, scene.topology), { pollMs: 60_000 });
  await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 14)));
  await scene.thenEmpty();
});

test('given a queue that takes nothing, when published, then the broker refuses, the event is kept, and goes out once there is room', async () => {
  const channel = await givenChannel(undo);
  const { queue: fullQueue } = await channel.assertQueue('', {
    exclusive: true,
    arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  const connection = await givenConnection(undo, scene.topology);
  await channel.bindQueue(fullQueue, scene.topology.events, '#');
  await channel.sendToQueue(fullQueue, Buffer.from('full'));
  await eventually(async () => expect((await channel.checkQueue(fullQueue)).messageCount).toBe(1));
  const relay = scene.givenRelay(connection);
  await append(scene.dataSource, scene.topology, ...numbered('a', 1, 2));
  await eventually(async () => expect(await relay.status()).toMatchObject({ rows: 2, heldSubjects: 1, lastError: 'message nacked' }));
  const received: string[] = [];
  const done = scene.thenEmpty();
  await channel.consume(fullQueue, (message) => message && received.push(String(message.properties.headers?.['cloudEvents:sequence'])), {
    noAck: true,
  });
  await done;
  await eventually(() => expect([...new Set(received)]).toEqual(['undefined', '1', '2']));
});

test('given many events in hand, when stopped, then their confirms are waited for and they are deleted', async () => {
  const receiver = await givenReceiver(undo, scene.topology);
  const relay = scene.givenRelay(await givenConnection(undo, scene.topology));
  await thenLeads(relay);
  await append(scene.dataSource, scene.topology, ...numbered('a', 1, 600));
  await eventually(() => expect(receiver.events.length).toBeGreaterThan(0));
  await relay.stop();
  await eventually(async () => {
    const left = await scene.dataSource.query<unknown[]>(`SELECT FROM ${outboxTable(SCHEMA)}`);
    expect(receiver.events.length + left.length).toBe(600);
  });
  relay.start();
  await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 600)));
  await scene.thenEmpty();
});

test('given a broker that is away, when stopped, then stop does not wait for it', async () => {
  const { proxy, url } = await givenBrokerProxy(undo);
  const connection = await givenConnection(undo, scene.topology, { url });
  const relay = scene.givenRelay(connection);
  await thenLeads(relay);
  proxy.refuse();
  await append(scene.dataSource, scene.topology, eventOf('a', 1));
  await eventually(() => expect(connection.state().publish).toBe('connecting'));
  const began = Date.now();
  await relay.stop();
  expect(Date.now() - began).toBeLessThan(5_000);
  expect(await relay.status()).toMatchObject({ rows: 1, leading: false, inFlight: 0 });
});

test('given an event that was confirmed but not deleted before a crash, when restarted, then it comes again and is the only one', async () => {
  const receiver = await givenReceiver(undo, scene.topology);
  const connection = await givenConnection(undo, scene.topology);
  await append(scene.dataSource, scene.topology, ...numbered('a', 1, 5));
  // What a crash between confirm and delete leaves: a delete that never comes to its commit.
  const runner = scene.dataSource.createQueryRunner();
  undo(() => runner.release());
  await runner.startTransaction();
  await runner.query(`SELECT FROM ${outboxTable(SCHEMA)} FOR UPDATE`);
  const crashed = scene.givenRelay(connection);
  await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 5)));
  await scene.terminateSessions();
  await runner.rollbackTransaction();
  await append(scene.dataSource, scene.topology, ...numbered('a', 6, 8));
  await scene.thenEmpty();
  await crashed.stop();
  await eventually(() => expect(firstOccurrences(receiver.events)).toEqual(names('a', 1, 8)));
  expect(named(receiver.events)).toEqual([...names('a', 1, 5), ...names('a', 1, 8)]);
});

test('given a nudge, when events were committed, then they go out long before the next poll', async () => {
  const receiver = await givenReceiver(undo, scene.topology);
  const relay = scene.givenRelay(await givenConnection(undo, scene.topology), { pollMs: 60_000 });
  await thenLeads(relay);
  for (let number = 1; number <= 20; number++) {
    await append(scene.dataSource, scene.topology, eventOf('a', number));
    relay.nudge();
  }
  await eventually(() => expect(named(receiver.events)).toEqual(names('a', 1, 20)));
  await scene.thenEmpty();
});
