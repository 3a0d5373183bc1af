import { expect, test } from '@jest/globals';
import type { GetMessage } from 'amqplib';
import { deadLetterHeaders, type Topology, toAmqp } from '#messaging';
import { eventually } from '#testing';
import { eventOf, named } from './events.js';
import { givenBrokerProxy, givenChannel, givenConnection, givenTopology, undoing } from './fixtures.js';
import { names, numbered } from './outbox-fixtures.js';
import { givenReader, queueState, send } from './server-fixtures.js';

const undo = undoing();
const givenReaderTopology = (): Topology => givenTopology(undo, { subscriptions: ['reader'] });

async function deadLetters(topology: Topology, count: number): Promise<GetMessage[]> {
  await eventually(async () => expect((await queueState(undo, topology.deadLetterQueue)).messageCount).toBe(count));
  const channel = await givenChannel(undo);
  const found: GetMessage[] = [];
  for (let message = await channel.get(topology.deadLetterQueue); message; message = await channel.get(topology.deadLetterQueue))
    found.push(message);
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

test('given a broker that is away, when a message must be dead-lettered, then close does not wait for it, and it is once the broker is back', async () => {
  const topology = givenReaderTopology();
  const { proxy, url } = await givenBrokerProxy(undo);
  const connection = await givenConnection(undo, topology, { url });
  let tried = 0;
  const server = await givenReader(undo, connection, topology, async () => {
    tried++;
    proxy.refuse();
    await eventually(() => expect(connection.state().publish).toBe('connecting'));
    throw new TypeError('a bug');
  });
  send(await givenChannel(undo), topology, eventOf('a', 1));
  await eventually(() => expect(tried).toBe(1));
  const began = Date.now();
  await server.close();
  expect(Date.now() - began).toBeLessThan(4_000);
  proxy.resume();
  await givenReader(undo, connection, topology, async () => {
    throw new TypeError('a bug');
  });
  expect((await deadLetters(topology, 1)).map(reasonOf)).toEqual(['TypeError: a bug']);
}, 15_000);

test('given an event that fails with something that is no error, when consumed, then that is the reason', async () => {
  const topology = givenReaderTopology();
  await givenReader(undo, await givenConnection(undo, topology), topology, () => Promise.reject(undefined));
  send(await givenChannel(undo), topology, eventOf('a', 1));
  expect((await deadLetters(topology, 1)).map(reasonOf)).toEqual(['undefined']);
});
