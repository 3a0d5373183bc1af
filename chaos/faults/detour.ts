import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Random } from '../random.js';
import { COPY, RECORDER_QUEUE } from '../recorder.js';
import type { Binding } from '../servers/rabbitmq.js';
import { PREFIX } from '../services/fleet.js';
import { pause, until } from '../waiting.js';
import type { Fault, World } from './fault.js';

/** From which the merger reads. */
export const BATCHES = `${PREFIX}batches`;
/** Where services publish what others read: events, and batches of them. */
export const EXCHANGES = [`${PREFIX}events`, BATCHES];
const DETOUR = `${PREFIX}detour`;
const FOR_MS = 8_000;

/** Whether a topic exchange sends this routing key to that binding (AMQP 0-9-1, 3.1.3.3). */
export function topicMatches(pattern: string, key: string): boolean {
  const words = pattern
    .split('.')
    .map((word) => (word === '#' ? '.*' : word === '*' ? '[^.]+' : word.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')));
  return new RegExp(`^${words.join('\\.').replaceAll('.*\\.', '(.*\\.)?').replaceAll('\\..*', '(\\..*)?')}$`).test(key);
}

/** What becomes of the messages that have come by; called every second, and at the end with all that are left. */
type Handling = (messages: ConsumeMessage[], forward: (message: ConsumeMessage) => void, atEnd: boolean) => ConsumeMessage[];

/** For a while every message to the services goes by way of a queue of the run's own, which passes it on as it likes. */
async function detour(world: World, handle: Handling): Promise<void> {
  const bindings = (await world.rabbit.bindings(EXCHANGES)).filter(({ queue }) => queue !== RECORDER_QUEUE && queue !== DETOUR);
  const channel = await (await world.broker()).createConfirmChannel();
  await channel.assertQueue(DETOUR, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (const exchange of EXCHANGES) await channel.bindQueue(DETOUR, exchange, '#');
  for (const { exchange, queue, key } of bindings) await channel.unbindQueue(queue, exchange, key);
  let waiting: ConsumeMessage[] = [];
  await channel.consume(DETOUR, (message) => void (message !== null && waiting.push(message)));
  try {
    for (const end = Date.now() + FOR_MS; Date.now() < end; await pause(1_000, world.signal)) {
      waiting = handle(waiting, (message) => forward(channel, bindings, message), false);
    }
  } finally {
    for (const { exchange, queue, key } of bindings) await channel.bindQueue(queue, exchange, key);
    for (const exchange of EXCHANGES) await channel.unbindQueue(DETOUR, exchange, '#');
  }
  await until('the detour to be empty', 30_000, world.signal, async () => {
    waiting = handle(waiting, (message) => forward(channel, bindings, message), true);
    await channel.waitForConfirms();
    return (await channel.checkQueue(DETOUR)).messageCount === 0 && waiting.length === 0;
  });
  await channel.deleteQueue(DETOUR);
}

function forward(channel: ConfirmChannel, bindings: readonly Binding[], message: ConsumeMessage): void {
  const { exchange, routingKey } = message.fields;
  const bound = bindings.filter((binding) => binding.exchange === exchange && topicMatches(binding.key, routingKey));
  const queues = new Set(bound.map(({ queue }) => queue));
  const { contentType = 'application/json', messageId } = message.properties as { contentType?: string; messageId?: string };
  const headers = { ...message.properties.headers, [COPY]: 1 };
  const properties = { contentType, ...(messageId !== undefined && { messageId }), persistent: true, headers };
  for (const queue of queues) channel.sendToQueue(queue, message.content, properties);
  channel.ack(message);
}

const duplicated: Handling = (messages, forwardOne) => {
  for (const message of messages) forwardOne(message);
  return [];
};

const shuffled =
  (random: Random): Handling =>
  (messages, forwardOne, atEnd) => {
    const mixed = random.shuffled(messages);
    // Some stay behind, so that they come after what was told a second later.
    const left = atEnd ? 0 : Math.floor(mixed.length / 3);
    for (const message of mixed.slice(left)) forwardOne(message);
    return mixed.slice(0, left);
  };

const delayed = (): Handling => {
  const came = new Map<ConsumeMessage, number>();
  return (messages, forwardOne, atEnd) =>
    messages.filter((message) => {
      const since = came.get(message) ?? Date.now();
      came.set(message, since);
      if (!atEnd && Date.now() - since < 4_000) return true;
      forwardOne(message);
      return false;
    });
};

/** Every message of some seconds comes to every service three times: from its owner, and twice from here, later. */
async function duplicate(world: World): Promise<void> {
  const channel = await (await world.broker()).createConfirmChannel();
  await channel.assertQueue(DETOUR, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const bindings = (await world.rabbit.bindings(EXCHANGES)).filter(({ queue }) => queue !== RECORDER_QUEUE && queue !== DETOUR);
  for (const exchange of EXCHANGES) await channel.bindQueue(DETOUR, exchange, '#');
  await channel.consume(DETOUR, (message) => {
    if (message === null) return;
    duplicated(
      [message],
      (one) => {
        forward(channel, bindings, one);
      },
      false,
    );
    const again = { ...message.properties, headers: { ...message.properties.headers, [COPY]: 1 } };
    if (message.properties.headers?.[COPY] === undefined)
      channel.publish(message.fields.exchange, message.fields.routingKey, message.content, again);
  });
  await pause(FOR_MS, world.signal);
  for (const exchange of EXCHANGES) await channel.unbindQueue(DETOUR, exchange, '#');
  await channel.waitForConfirms();
  await channel.deleteQueue(DETOUR);
}

export const detours = {
  'duplicated messages': { inject: duplicate },
  'shuffled messages': { inject: (world: World, random: Random) => detour(world, shuffled(random)) },
  'delayed messages': { inject: (world: World) => detour(world, delayed()) },
} satisfies Record<string, Fault>;
