import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { BrokerUnreachableError, ConnectionClosedError, RabbitMqConnection } from '#messaging';
import { eventually, freePort, testAmqpUrl } from '#testing';
import { recording, silent } from './events.js';
import { givenBrokerProxy, givenConnection, givenTopology, undoing } from './fixtures.js';

const undo = undoing();

const up = { publish: 'up', consume: 'up', blocked: false };

test('given a connection, when ready, then both links are up and channels of both open', async () => {
  const connection = await givenConnection(undo, givenTopology(undo));
  expect(connection.state()).toEqual(up);
  await (await connection.openConsumeChannel()).close();
  await (await connection.openPublishChannel()).close();
});

test('given a connection, when it is reset, then its channels close and it comes back by itself', async () => {
  const { proxy, url } = await givenBrokerProxy(undo);
  const logger = recording();
  const connection = await givenConnection(undo, givenTopology(undo), { url, logger });
  const channel = await connection.openPublishChannel();
  const closed = new Promise((resolve) => channel.on('close', resolve));
  proxy.reset();
  await closed;
  await (await connection.openPublishChannel()).close();
  await (await connection.openConsumeChannel()).close();
  expect(connection.state()).toEqual(up);
  expect(logger.lines.join('\n')).toMatch(/test:publish: lost RabbitMQ \(.*\); reconnecting\./);
  expect(logger.lines).toContain('test:publish: RabbitMQ is back.');
});

test('given a broker that is away, when a channel is asked for, then it opens as soon as the broker is back', async () => {
  const { proxy, url } = await givenBrokerProxy(undo);
  const logger = recording();
  const connection = await givenConnection(undo, givenTopology(undo), { url, logger });
  proxy.refuse();
  await eventually(() => expect(connection.state()).toEqual({ publish: 'connecting', consume: 'connecting', blocked: false }));
  const opening = connection.openPublishChannel();
  await eventually(() => expect(logger.lines.join('\n')).toMatch(/cannot reach RabbitMQ at amqp:\/\/127\.0\.0\.1:\d+.*trying again/));
  proxy.resume();
  await (await opening).close();
});

test('given a broker that has gone silent and no heartbeat to notice it by, when closed, then it ends', async () => {
  const { proxy, url } = await givenBrokerProxy(undo);
  const unwatched = new URL(url);
  unwatched.searchParams.set('heartbeat', '0');
  const connection = await givenConnection(undo, givenTopology(undo), { url: unwatched.href });
  proxy.blackHole();
  await connection.close();
  expect(connection.state()).toMatchObject({ publish: 'closed', consume: 'closed' });
});

test('given nobody listening and failFast, when ready, then one line says where, without the password', async () => {
  const port = await freePort();
  const connection = new RabbitMqConnection({
    url: `amqp://me:s3cret@127.0.0.1:${port}`,
    name: 'test',
    topology: givenNames(),
    logger: silent,
    failFast: true,
  });
  const error: unknown = await connection.ready().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BrokerUnreachableError);
  expect((error as Error).message).toMatch(new RegExp(`^cannot reach RabbitMQ at amqp://127\\.0\\.0\\.1:${port}: .*ECONNREFUSED.*$`));
  expect((error as Error).message).not.toContain('s3cret');
  await connection.close();
});

test('given a wrong password and failFast, when ready, then the error names the user and not the password', async () => {
  const url = new URL(testAmqpUrl());
  url.username = 'nobody%40home';
  url.password = 's3cret';
  const connection = new RabbitMqConnection({ url: url.href, name: 'test', topology: givenNames(), logger: silent, failFast: true });
  const error = (await connection.ready().catch((reason: unknown) => reason)) as Error;
  expect(error).toBeInstanceOf(BrokerUnreachableError);
  expect(error.message).toMatch(/refuses the login of user "nobody@home"/);
  expect(error.message).not.toMatch(/s3cret|\n/);
  await connection.close();
});

test('given a URL that is none and failFast, when ready, then the error shows what one looks like', async () => {
  const connection = new RabbitMqConnection({ url: 'localhost', name: 'test', topology: givenNames(), logger: silent, failFast: true });
  await expect(connection.ready()).rejects.toThrow('the RabbitMQ URL cannot be read; it looks like amqp://user:password@host:5672/vhost');
  await connection.close();
});

test('given failFast and a first connect that failed, when tried again later, then it connects', async () => {
  const { proxy, url } = await givenBrokerProxy(undo);
  proxy.refuse();
  const connection = new RabbitMqConnection({ url, name: 'test', topology: givenTopology(undo), logger: silent, failFast: true });
  undo(() => connection.close());
  await expect(connection.ready()).rejects.toThrow(BrokerUnreachableError);
  proxy.resume();
  await connection.ready();
  expect(connection.state()).toEqual(up);
});

test('given a connection that waits for the broker, when closed, then whoever waits is told and nothing is left', async () => {
  const { proxy, url } = await givenBrokerProxy(undo);
  proxy.refuse();
  const connection = new RabbitMqConnection({ url, name: 'test', topology: givenNames(), logger: silent });
  const opening = connection.openPublishChannel();
  const refused = expect(opening).rejects.toThrow(ConnectionClosedError);
  await connection.close();
  await refused;
  await expect(connection.openConsumeChannel()).rejects.toThrow(ConnectionClosedError);
  expect(connection.state()).toEqual({ publish: 'closed', consume: 'closed', blocked: false });
});

test('given a server that takes connections and says nothing, when closed, then close does not hang on it for long', async () => {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const port = (server.address() as { port: number }).port;
  const connection = new RabbitMqConnection({ url: `amqp://127.0.0.1:${port}`, name: 'test', topology: givenNames(), logger: silent });
  connection.ready().catch(() => undefined);
  await eventually(() => expect(sockets.size).toBe(2));
  const began = Date.now();
  await connection.close();
  expect(Date.now() - began).toBeLessThan(5_000);
});

/** Names that never reach a broker. */
function givenNames(): ReturnType<typeof givenTopology> {
  return givenTopology(() => undefined);
}
