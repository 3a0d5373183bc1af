import type { Channel } from 'amqplib';
import { shardOf, shardSuffix } from './shard.js';

/** How often a message may come back before the broker dead-letters it. */
const DELIVERY_LIMIT = 20;
/** A dead letter comes back until it is stored; 3.10 knows no "unlimited" (-1 is refused), 4.x defaults to 20. */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/**
 * The names of everything on the broker, and how it is declared.
 * @param prefix of every name, with its dot: `supping.`
 * @param shards how many queues a subscription is spread over
 */
export class Topology {
  /** By type, and by shard in it: there are few, and every event needs one. */
  readonly #routingKeys = new Map<string, string[]>();

  constructor(
    readonly prefix: string,
    readonly shards: number,
  ) {
    if (!Number.isInteger(shards) || shards < 1) throw new RangeError(`shards must be a whole number from 1, not ${shards}`);
  }

  /** The topic exchange every event goes to. */
  get events(): string {
    return `${this.prefix}events`;
  }

  /** The topic exchange that batches of events go to, for whoever rather reads many at once: under the same routing keys. */
  get batches(): string {
    return `${this.prefix}batches`;
  }

  /** The fanout exchange the broker sends what exceeds its delivery limit to. */
  get deadLetterExchange(): string {
    return `${this.prefix}dead-letters`;
  }

  /** Where what a subscription cannot handle waits to be stored: `supping.dead-letters.merger`. */
  deadLetterQueue(subscription: string): string {
    return `${this.prefix}dead-letters.${subscription}`;
  }

  /** A subscription's queue of one shard: `supping.merger.07`. */
  subscriptionQueue(name: string, shard: number): string {
    return `${this.prefix}${name}.${shardSuffix(shard)}`;
  }

  /** Whether a queue is one of the subscription's, of whatever shard. */
  isSubscriptionQueue(queue: string, name: string): boolean {
    const start = `${this.prefix}${name}.`;
    return queue.startsWith(start) && /^\d+$/.test(queue.slice(start.length));
  }

  /** The queue on which requests of a pattern wait: `supping.rpc.order.resend`. */
  rpcQueue(pattern: string): string {
    return `${this.prefix}rpc.${pattern}`;
  }

  /**
   * An event's routing key: its type without reverse domain and version, and the shard of its key.
   * @param type full (`io.supping.supplement.accepted.v1`) or short (`supplement.accepted`)
   * @param key what the shard is hashed from
   */
  routingKey(type: string, key: string): string {
    let keys = this.#routingKeys.get(type);
    if (keys === undefined) {
      const name = shortType(type);
      keys = Array.from({ length: this.shards }, (_, shard) => `${name}.${shardSuffix(shard)}`);
      this.#routingKeys.set(type, keys);
    }
    return keys[this.shardOf(key)] as string;
  }

  /** The shard that a key belongs to. */
  shardOf(key: string): number {
    return shardOf(key, this.shards);
  }
}

/** `io.supping.supplement.accepted.v1` → `supplement.accepted`; a short type stays as it is. */
export function shortType(type: string): string {
  return type.replace(/^io\.[^.]+\./, '').replace(/\.v\d+$/, '');
}

/** Declares what everybody needs: the exchanges. */
export async function declareCommon(channel: Channel, topology: Topology): Promise<void> {
  for (const exchange of [topology.events, topology.batches]) await channel.assertExchange(exchange, 'topic', { durable: true });
  await channel.assertExchange(topology.deadLetterExchange, 'fanout', { durable: true });
}

/**
 * Declares the queue of a subscription's dead letters. The exchange is a fanout, so every subscription's is sent what the
 * broker gave up on any, and its reader leaves what is another's alone: an `x-dead-letter-routing-key` would tell them
 * apart on the broker, but a queue's arguments cannot be changed, and every queue there is would have to be made anew.
 */
export async function declareDeadLetters(channel: Channel, topology: Topology, subscription: string): Promise<void> {
  const queue = topology.deadLetterQueue(subscription);
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish', 'x-delivery-limit': NO_DELIVERY_LIMIT },
  });
  await channel.bindQueue(queue, topology.deadLetterExchange, '');
}

/**
 * Declares one shard queue of a subscription and binds it to `<type>.<NN>` for each type (wildcards allowed), and the
 * queue of its dead letters.
 * @param types of events @param batched types that it reads in batches
 * Every argument is explicit: on 3.10 without a delivery limit a message that comes back goes to the *back* of the queue.
 */
export async function declareSubscription(
  channel: Channel,
  topology: Topology,
  name: string,
  shard: number,
  types: readonly string[],
  batched: readonly string[] = [],
): Promise<void> {
  await declareDeadLetters(channel, topology, name);
  const queue = topology.subscriptionQueue(name, shard);
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-exchange': topology.deadLetterExchange,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
  });
  const bind = (exchange: string, type: string) => channel.bindQueue(queue, exchange, `${shortType(type)}.${shardSuffix(shard)}`);
  for (const type of types) await bind(topology.events, type);
  for (const type of batched) await bind(topology.batches, type);
}

/**
 * Declares the queue on which requests wait. It has no dead-letter exchange: a request nobody answered in time is
 * not data, its sender was told so and asks again.
 */
export async function declareRpc(channel: Channel, topology: Topology, pattern: string): Promise<void> {
  await channel.assertQueue(topology.rpcQueue(pattern), {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': DELIVERY_LIMIT, 'x-overflow': 'reject-publish' },
  });
}
