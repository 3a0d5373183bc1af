import { expect, test } from '@jest/globals';
import type { ConsumeMessage, GetMessage } from 'amqplib';
import { type CloudEvent, ConfirmedPublisher, deadLetterHeaders, fromAmqp, type Topology, toAmqp } from '#messaging';
import { eventually } from '#testing';
import { DeadLetters } from '../src/dead-letters.js';
import { declareDeadLetters } from '../src/topology.js';
import { eventOf, named, silent } from './events.js';
import { givenBrokerProxy, givenChannel, givenConnection, givenTopology, undoing } from './fixtures.js';
import { names, numbered } from './outbox-fixtures.js';
import { givenReader, queueState, send, sendBatch } from './server-fixtures.js';

const undo = undoing();
const givenReaderTopology = (): Topology => givenTopology(undo, { subscriptions: ['reader'] });

async function deadLetters(topology: Topology, count: number): Promise<GetMessage[]> {
  const queue = topology.deadLetterQueue('reader');
  await eventually(async () => expect((await queueState(undo, queue)).messageCount).toBe(count));
  const channel = await givenChannel(undo);
  const found: GetMessage[] = [];
  for (let message = await channel.get(queue); message; message = await channel.get(queue)) found.push(message);
  return found;
}

const reasonOf = (message: GetMessage): unknown => message.properties.headers?.[deadLetterHeaders.reason];

test('given one event of many that cannot be handled, when consumed, then it is dead-lettered with the reason and its neighbours are handled', async () => {
  const topology = givenReaderTopology();
  const handled: string[] = [];
  await givenReader(undo, await givenConnection(undo, topology), topology, async (events) => {
    if (events.some(({ sequence }) => sequence === 3)) throw new TypeError('cannot read\n a thing');
    handled.push(...named(events));
  });
  send(await givenChannel(undo), topology, ...numbered('a', 1, 6));
  const [letter] = await deadLetters(topology, 1);
  await eventually(() => expect(handled).toEqual(names('a', 1, 6).filter((name) => name !== 'a/3')));
  const queue = topology.subscriptionQueue('reader', 0);
  expect(letter?.properties.headers).toMatchObject({
    'cloudEvents:sequence': 3,
    [deadLetterHeaders.reason]: 'TypeError: cannot read a thing',
    [deadLetterHeaders.queue]: queue,
    [deadLetterHeaders.exchange]: topology.events,
    [deadLetterHeaders.routingKey]: 'thing.changed.00',
  });
  expect(Date.parse(String(letter?.properties.headers?.[deadLetterHeaders.time]))).toBeGreaterThan(0);
  expect(JSON.parse(String(letter?.content))).toEqual({ subject: 'a', sequence: 3 });
  await eventually(async () => expect((await queueState(undo, queue)).messageCount).toBe(0));
});

test('given messages that are no events or not valid, when consumed, then they are dead-lettered with what is wrong, and the others handled', async () => {
  const topology = givenReaderTopology();
  const handled: string[] = [];
  const validate = ({ sequence }: { sequence: number }): string | undefined => {
    if (sequence === 8) throw new RangeError('the check itself fails');
    return sequence === 7 ? 'Seven is not allowed.' : undefined;
  };
  await givenReader(undo, await givenConnection(undo, topology), topology, async (events) => void handled.push(...named(events)), {
    validate,
  });
  const channel = await givenChannel(undo);
  const { properties } = toAmqp(eventOf('a', 1));
  channel.publish(topology.events, 'thing.changed.00', Buffer.from('{'), properties);
  channel.publish(topology.events, 'thing.changed.00', Buffer.from('{}'), {});
  send(channel, topology, ...numbered('a', 6, 9));
  const letters = await deadLetters(topology, 4);
  expect(letters.map(reasonOf)).toEqual([
    expect.stringMatching(/^The body is no JSON: /),
    'The header cloudEvents:specversion is missing.',
    'Seven is not allowed.',
    'RangeError: the check itself fails',
  ]);
  await eventually(() => expect(handled).toEqual(['a/6', 'a/9']));
});

test('given a batch with events that cannot be, or not be handled, when consumed, then each is a dead letter of its own, and the others are handled', async () => {
  const topology = givenReaderTopology();
  const handled: string[] = [];
  const validate = ({ sequence }: { sequence: number }): string | undefined => (sequence === 2 ? 'Two is not allowed.' : undefined);
  const onBatch = async (events: CloudEvent[]): Promise<void> => {
    if (events.some(({ sequence }) => sequence === 4)) throw new TypeError('cannot read a thing');
    handled.push(...named(events));
  };
  await givenReader(undo, await givenConnection(undo, topology), topology, onBatch, { types: [], batched: ['thing.*'], validate });
  const channel = await givenChannel(undo);
  sendBatch(channel, topology, ...(numbered('a', 1, 5) as [CloudEvent, ...CloudEvent[]]));
  channel.publish(topology.batches, 'thing.changed.00', Buffer.from('[{}]'), { contentType: 'application/cloudevents-batch+json' });
  const letters = await deadLetters(topology, 3);
  expect(letters.map(reasonOf).sort()).toEqual([
    'The attribute specversion of event 0 of the batch is missing.',
    'Two is not allowed.',
    'TypeError: cannot read a thing',
  ]);
  await eventually(() => expect(handled).toEqual(['a/1', 'a/3', 'a/5']));
  const [letter] = letters.filter((one) => reasonOf(one) === 'Two is not allowed.');
  expect(fromAmqp(letter as GetMessage)).toMatchObject({ subject: 'a', sequence: 2, data: { subject: 'a', sequence: 2 } });
  expect(letter?.properties.headers).toMatchObject({ [deadLetterHeaders.exchange]: topology.batches });
  await eventually(async () => expect((await queueState(undo, topology.subscriptionQueue('reader', 0))).messageCount).toBe(0));
});

test('given a broker that is away, when a message is being buried, then a stop ends the wait; and once it is back, it is stored', async () => {
  const topology = givenReaderTopology();
  const { proxy, url } = await givenBrokerProxy(undo);
  const connection = await givenConnection(undo, topology, { url });
  const publisher = new ConfirmedPublisher(connection);
  undo(() => publisher.close());
  await declareDeadLetters(await givenChannel(undo), topology, 'reader');
  const deadLettersOf = new DeadLetters(publisher, topology.deadLetterQueue('reader'), silent);
  proxy.refuse();
  await eventually(() => expect(connection.state().publish).toBe('connecting'));
  const stop = new AbortController();
  const message = { content: Buffer.from('{}'), properties: { headers: {} }, fields: { exchange: 'e', routingKey: 'k' } } as ConsumeMessage;
  const burying = deadLettersOf.bury(message, 'queue', 'given up', stop.signal);
  const patient = deadLettersOf.bury(message, 'queue', 'kept at', new AbortController().signal);
  stop.abort(new Error('stopping'));
  expect(await burying).toBe(false);
  proxy.resume();
  expect(await patient).toBe(true);
  expect((await deadLetters(topology, 2)).map(reasonOf).sort()).toEqual(['given up', 'kept at']);
});

test('given an event that fails with something that is no error, when consumed, then that is the reason', async () => {
  const topology = givenReaderTopology();
  await givenReader(undo, await givenConnection(undo, topology), topology, () => Promise.reject(undefined));
  send(await givenChannel(undo), topology, eventOf('a', 1));
  expect((await deadLetters(topology, 1)).map(reasonOf)).toEqual(['undefined']);
});
