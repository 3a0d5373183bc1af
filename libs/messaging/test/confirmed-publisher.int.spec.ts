import { expect, test } from '@jest/globals';
import { ConfirmedPublisher, UnroutableError } from '#messaging';
import { eventually } from '#testing';
import { givenBrokerProxy, givenChannel, givenConnection, givenTopology, undoing } from './fixtures.js';

const undo = undoing();
const body = Buffer.from('{}');

test('given the same message under way to two queues of which one is not there, when published, then only that one fails', async () => {
  const connection = await givenConnection(undo, givenTopology(undo));
  const { queue } = await (await givenChannel(undo)).assertQueue('', { exclusive: true });
  const publisher = new ConfirmedPublisher(connection);
  undo(() => publisher.close());
  const options = { messageId: 'same', mandatory: true };
  const keys = Array.from({ length: 500 }, (_, index) => (index % 3 === 0 ? 'nowhere' : queue));
  const outcomes = await Promise.allSettled(keys.map((key) => publisher.publish('', key, body, options)));
  expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome.status))).toEqual(
    keys.map((key) => (key === queue ? 'fulfilled' : new UnroutableError('no queue takes nowhere from exchange ""'))),
  );
});

test('given a message that need not reach a queue, when none takes it, then it is published all the same', async () => {
  const publisher = new ConfirmedPublisher(await givenConnection(undo, givenTopology(undo)));
  undo(() => publisher.close());
  await publisher.publish('', 'nowhere', body, {});
});

test('given a publisher, when its connection is lost, then what is under way fails and the next message goes out', async () => {
  const { proxy, url } = await givenBrokerProxy(undo);
  const connection = await givenConnection(undo, givenTopology(undo), { url });
  const { queue } = await (await givenChannel(undo)).assertQueue('', { exclusive: true });
  const publisher = new ConfirmedPublisher(connection);
  undo(() => publisher.close());
  await publisher.publish('', queue, body, { mandatory: true });
  proxy.blackHole();
  const lost = expect(publisher.publish('', queue, body, { mandatory: true })).rejects.toThrow('channel closed');
  await eventually(() => expect(proxy.connections).toBe(2));
  proxy.resume();
  await lost;
  await publisher.publish('', queue, body, { mandatory: true });
});
