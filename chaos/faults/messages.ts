import { ackOf, deliveryOf } from '../frames/amqp-frames.js';
import { RECOVERY_LIMIT_MS } from '../probes.js';
import type { Random } from '../random.js';
import { PREFIX, SHARDS } from '../services/fleet.js';
import { pause, until } from '../waiting.js';
import { BATCHES, EXCHANGES } from './detour.js';
import { atFrame, type Fault, type World } from './fault.js';

const suffix = (shard: number): string => String(shard).padStart(2, '0');
const mergerQueue = (random: Random): string => `${PREFIX}merger.${suffix(random.below(SHARDS))}`;

/** One message to the merger vanishes on the way, and is acknowledged together with those behind it. */
async function drop(world: World): Promise<void> {
  let dropped: { tag: number; channel: number } | undefined;
  const isSupplement = (key: string): boolean => key.startsWith('supplement.accepted.');
  const replica = await atFrame(
    world,
    world.fleet.of('merger-worker'),
    'a supplement for the merger',
    ({ wire, way, frame }) =>
      wire === 'amqp' && way === 'toClient' && frame.method === 'basic.deliver' && isSupplement(deliveryOf(frame).routingKey),
    (_replica, { wire, frame }) => {
      if (wire === 'amqp') dropped = { tag: deliveryOf(frame).tag, channel: frame.channel };
      return 'drop';
    },
  );
  const { tag, channel } = dropped ?? { tag: 0, channel: 0 };
  await atFrame(
    world,
    [replica],
    'the acknowledgement of a later one',
    ({ wire, way, frame }) =>
      wire === 'amqp' &&
      way === 'toServer' &&
      frame.method === 'basic.ack' &&
      frame.channel === channel &&
      ackOf(frame).multiple &&
      ackOf(frame).tag > tag,
    () => 'pass',
  );
}

async function removeBinding(world: World, random: Random): Promise<void> {
  const queue = mergerQueue(random);
  const bindings = (await world.rabbit.bindings(EXCHANGES)).filter((binding) => binding.queue === queue);
  const channel = await (await world.broker()).createChannel();
  for (const { exchange, key } of bindings) await channel.unbindQueue(queue, exchange, key);
  await pause(3_000, world.signal);
  for (const { exchange, key } of bindings) await channel.bindQueue(queue, exchange, key);
}

/** Whose queue it is, is told of it or has to find out; a supplement gets past it meanwhile, as one that is lacking is asked for. */
async function deleteQueue(world: World, random: Random): Promise<void> {
  const broker = await world.broker();
  const queue = mergerQueue(random);
  await (await broker.createChannel()).deleteQueue(queue);
  await until(`${queue} to be consumed from again`, RECOVERY_LIMIT_MS, world.signal, async () => {
    // Asking for what is not there closes the channel.
    const channel = await broker.createChannel();
    channel.on('error', () => undefined);
    const { consumerCount } = await channel.checkQueue(queue);
    await channel.close();
    return consumerCount > 0;
  });
}

async function poison(world: World, random: Random): Promise<void> {
  const channel = await (await world.broker()).createConfirmChannel();
  const bodies = ['no JSON at all', '{"orderId":"x"}', '[]', `{"a":${'['.repeat(2_000)}`];
  for (const body of bodies) {
    const id = `chaos-poison-${world.nextNumber()}`;
    world.expectedDeadLetters.add(id);
    world.recorder.poison.add(id);
    const headers = body.startsWith('{"o') ? cloudEvent(id) : {};
    const properties = { messageId: id, contentType: 'application/json', persistent: true, headers };
    channel.publish(BATCHES, `order.amended.${suffix(random.below(SHARDS))}`, Buffer.from(body), properties);
  }
  await channel.waitForConfirms();
}

/** As an event should be, but for what it says; the recorder knows it by its subject. */
function cloudEvent(id: string): Record<string, string | number> {
  return {
    'cloudEvents:specversion': '1.0',
    'cloudEvents:id': id,
    'cloudEvents:source': '/chaos',
    'cloudEvents:type': 'io.supping.order.amended.v1',
    'cloudEvents:subject': id,
    'cloudEvents:time': '2026-01-01T00:00:00Z',
    'cloudEvents:sequence': 2,
    'cloudEvents:partitionkey': id,
  };
}

/**
 * A message whose every delivery costs the merger the connection; the broker's delivery limit ends it. Only where it was
 * sent to, straight to the queue: as a dead letter it comes from another exchange, and passes.
 */
async function breakConsumer(world: World, random: Random): Promise<void> {
  const id = `chaos-breaker-${world.nextNumber()}`;
  const queue = mergerQueue(random);
  const bytes = Buffer.from(id);
  let deliveries = 0;
  // A content follows its method at once: the broker does not mix in another channel's.
  const exchanges = new WeakMap<object, string>();
  const undo = world.fleet.of('merger-worker').map((replica) =>
    replica.traps.add(({ wire, way, frame, connection }) => {
      if (wire !== 'amqp' || way !== 'toClient') return 'pass';
      if (frame.method === 'basic.deliver') exchanges.set(connection, deliveryOf(frame).exchange);
      if (frame.kind !== 'body' || exchanges.get(connection) !== '' || !frame.payload.includes(bytes)) return 'pass';
      deliveries += 1;
      connection.reset();
      return 'cut';
    }),
  );
  try {
    const channel = await (await world.broker()).createConfirmChannel();
    world.expectedDeadLetters.add(id);
    channel.sendToQueue(queue, Buffer.from(JSON.stringify({ id })), { messageId: id, contentType: 'application/json', persistent: true });
    await channel.waitForConfirms();
    let last = -1;
    // Over when nothing has been delivered for a while.
    await until(
      'the delivery limit',
      90_000,
      world.signal,
      () => {
        const over = deliveries > 0 && deliveries === last;
        last = deliveries;
        return over;
      },
      6_000,
    );
  } finally {
    for (const remove of undo) remove();
  }
}

async function oversize(world: World): Promise<void> {
  const order = world.load.someOrder;
  const note = [{ id: 'big', text: 'x'.repeat(5 * 1024 * 1024) }];
  const body = { category: 'correction', changes: { note }, reason: { text: `oversize-${world.nextNumber()}` } };
  for (let n = 0; n < 5; n += 1) {
    const path = `/orders/${order?.id}/supplements`;
    const { answer } = await world.requests.client.askUntilKnown({ service: 'supp-service', method: 'POST', path, body });
    if (answer.status !== 413) world.requests.wrongAnswers.push(`a body of 5 MiB was answered with ${answer.status}`);
  }
}

export const messages = {
  'message dropped': { inject: drop },
  'binding removed': { inject: removeBinding },
  'queue deleted': { inject: deleteQueue },
  'poison message': { inject: poison },
  'message that breaks its consumer': { inject: breakConsumer },
  'oversize body': { inject: oversize },
} satisfies Record<string, Fault>;
