import 'reflect-metadata';
import { PATTERN_EXTRAS_METADATA } from '@nestjs/microservices/constants.js';
import type { Channel } from 'amqplib';
import {
  type CloudEvent,
  type RabbitMqConnection,
  RabbitMqServer,
  type RabbitMqServerOptions,
  Subscription,
  type SubscriptionOptions,
  type Topology,
  toAmqp,
} from '#messaging';
import { toBatch } from '../src/event-batch.js';
import { silent } from './events.js';
import { givenChannel, type Undo } from './fixtures.js';

export type OnBatch = (events: CloudEvent[]) => Promise<void>;

/** What Nest finds on a method declared with `@Subscription`. */
export function extrasOf(name: string, options: SubscriptionOptions): Record<string, unknown> {
  const method = (): void => undefined;
  Subscription(name, options)({}, 'method', { value: method });
  return Reflect.getMetadata(PATTERN_EXTRAS_METADATA, method) as Record<string, unknown>;
}

/** A server with the subscription `reader`, listening. */
export async function givenReader(
  undo: Undo,
  connection: RabbitMqConnection,
  topology: Topology,
  onBatch: OnBatch,
  given: Partial<SubscriptionOptions & RabbitMqServerOptions> = {},
): Promise<RabbitMqServer> {
  const server = new RabbitMqServer({ connection, topology, logger: silent, ...given });
  server.addHandler(
    'reader',
    onBatch,
    true,
    extrasOf('reader', { types: given.types ?? ['thing.*'], batched: given.batched ?? [], batch: given.batch ?? 50 }),
  );
  undo(() => server.close());
  await listening(server);
  return server;
}

/** A server that answers one pattern, listening. */
export async function givenAnswerer(
  undo: Undo,
  connection: RabbitMqConnection,
  topology: Topology,
  pattern: string,
  answer: (payload: never) => Promise<unknown>,
): Promise<RabbitMqServer> {
  const server = new RabbitMqServer({ connection, topology, logger: silent });
  server.addHandler(pattern, answer as (payload: unknown) => Promise<unknown>);
  undo(() => server.close());
  await listening(server);
  return server;
}

export function listening(server: RabbitMqServer): Promise<void> {
  return new Promise((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
}

export function send(channel: Channel, topology: Topology, ...events: CloudEvent[]): void {
  for (const event of events) {
    const body = Buffer.from(JSON.stringify(event.data));
    channel.publish(topology.events, topology.routingKey(event.type, event.partitionkey), body, toAmqp(event).properties);
  }
}

/** Sends events of one routing key as a batch. */
export function sendBatch(channel: Channel, topology: Topology, ...events: readonly [CloudEvent, ...CloudEvent[]]): void {
  const [{ type, partitionkey }] = events;
  const { body, properties } = toBatch(events.map(({ data, ...event }) => ({ event, body: Buffer.from(JSON.stringify(data)) })));
  channel.publish(topology.batches, topology.routingKey(type, partitionkey), body, properties);
}

/** How a queue stands, asked on a channel of its own: asking for one that is not there costs the channel. */
export async function queueState(undo: Undo, queue: string): Promise<{ messageCount: number; consumerCount: number }> {
  return (await givenChannel(undo)).checkQueue(queue);
}

/** Something to wait for in a handler until the test opens it. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
