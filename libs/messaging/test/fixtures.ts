import { afterEach, jest } from '@jest/globals';
import { type Channel, connect } from 'amqplib';
import pg from 'pg';
import { DataSource } from 'typeorm';
import {
  appendToOutbox,
  type CloudEvent,
  declareCommon,
  eventLogTablesSql,
  fromAmqp,
  type OutgoingEvent,
  outboxTableSql,
  RabbitMqConnection,
  type RabbitMqConnectionOptions,
  type Topology,
  type WrittenRow,
} from '#messaging';
import {
  dropTopology,
  proxyTo,
  type TcpProxy,
  type TcpProxyOptions,
  type TopologyUse,
  testAmqpUrl,
  testDatabaseUrl,
  testTopology,
} from '#testing';
import { silent } from './events.js';

export const SCHEMA = 'sender';

export async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE SCHEMA ${SCHEMA}; ${outboxTableSql(SCHEMA)}; ${eventLogTablesSql(SCHEMA)};
    CREATE TABLE ${SCHEMA}.thing (id text PRIMARY KEY, version int NOT NULL)`);
  await client.end();
}

export async function openDataSource(url: string): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url, poolSize: 8 }).initialize();
}

/** Appends in a transaction of its own. */
export function append(dataSource: DataSource, topology: Topology, ...events: OutgoingEvent[]): Promise<readonly WrittenRow[]> {
  return dataSource.transaction((tx) => appendToOutbox(tx, SCHEMA, events, topology));
}

export type Undo = (undo: () => unknown) => void;

/** What a test made is undone after it, the last first. */
export function undoing(): Undo {
  // What a test waits for is given 5 s by `eventually`; the test itself must not end before it can tell what was missing.
  jest.setTimeout(30_000);
  const undos: (() => unknown)[] = [];
  afterEach(async () => {
    for (const undo of undos.splice(0).reverse()) await undo();
  });
  return (undo) => void undos.push(undo);
}

/** Names on the broker, deleted after the test. */
export function givenTopology(undo: Undo, use: TopologyUse & { readonly shards?: number } = {}): Topology {
  const topology = testTopology(use.shards ?? 1);
  undo(() => dropTopology(topology, use));
  return topology;
}

export async function givenConnection(
  undo: Undo,
  topology: Topology,
  given: Partial<RabbitMqConnectionOptions> = {},
): Promise<RabbitMqConnection> {
  const connection = new RabbitMqConnection({ url: testAmqpUrl(), name: 'test', topology, logger: silent, ...given });
  undo(() => connection.close());
  await connection.ready();
  return connection;
}

/** A way to the server of `url` that can be spoilt, and the URL that goes by it. */
export async function givenProxy(
  undo: Undo,
  url: string,
  defaultPort: number,
  options?: TcpProxyOptions,
): Promise<{ proxy: TcpProxy; url: string }> {
  const by = await proxyTo(url, defaultPort, options);
  undo(() => by.proxy.close());
  return by;
}

export const givenBrokerProxy = (undo: Undo, options?: TcpProxyOptions): ReturnType<typeof givenProxy> =>
  givenProxy(undo, testAmqpUrl(), 5672, options);
export const givenDatabaseProxy = (undo: Undo, url = testDatabaseUrl()): ReturnType<typeof givenProxy> => givenProxy(undo, url, 5432);

/** A plain channel of the test's own, to look at the broker from outside. */
export async function givenChannel(undo: Undo): Promise<Channel> {
  const model = await connect(testAmqpUrl(), { noDelay: true });
  undo(() => model.close());
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  return channel;
}

/** A queue of the test's own bound to the events exchange, and what arrived there so far. */
export async function givenReceiver(
  undo: Undo,
  topology: Topology,
  key = '#',
): Promise<{ readonly events: CloudEvent[]; unbind(): Promise<unknown> }> {
  const channel = await givenChannel(undo);
  await declareCommon(channel, topology);
  const { queue } = await channel.assertQueue('', { exclusive: true });
  const events: CloudEvent[] = [];
  await channel.bindQueue(queue, topology.events, key);
  await channel.consume(queue, (message) => message && events.push(fromAmqp(message)), { noAck: true });
  return { events, unbind: () => channel.unbindQueue(queue, topology.events, key) };
}
