import type { RabbitMqConnection } from './connection.js';
import { type DeadLetter, readDeadLetter } from './dead-letter.js';
import { reasonOf } from './failure-policy.js';
import type { MessagingLogger } from './logger.js';
import { ShardConsumer } from './shard-consumer.js';
import { declareDeadLetters, type Topology } from './topology.js';
import { GrowingWait, pause } from './waiting.js';

/** Letters stored at once; they may be large. */
const BATCH = 8;

/** What a collector is made from. */
export interface CollectorOptions {
  readonly connection: RabbitMqConnection;
  readonly topology: Topology;
  readonly subscription: string;
  readonly keep: (letters: readonly DeadLetter[]) => Promise<void>;
  readonly logger: MessagingLogger;
}

/**
 * Moves the dead letters of a subscription to where they can be listed: a queue cannot be read without taking from it.
 * A letter is acknowledged once it is kept. Whatever `keep` fails with, it is tried again: there is no place to bury
 * what is buried.
 */
export function deadLetterCollector({ connection, topology, subscription, keep, logger }: CollectorOptions): ShardConsumer {
  const queue = topology.deadLetterQueue(subscription);
  return new ShardConsumer({
    connection,
    queue,
    batch: BATCH,
    prefetch: 2 * BATCH,
    declare: (channel) => declareDeadLetters(channel, topology, subscription),
    handle: async (messages, signal) => {
      const now = new Date().toISOString();
      const letters = messages.flatMap((message) => readDeadLetter(message, topology, subscription, now) ?? []);
      const waits = new GrowingWait(50, 5_000);
      while (!signal.aborted) {
        try {
          if (letters.length > 0) await keep(letters);
          return true;
        } catch (error) {
          logger.warn(`${queue}: ${letters.length} dead letters not stored yet: ${reasonOf(error)}`);
          await pause(waits.next(), signal);
        }
      }
      return false;
    },
    logger,
  });
}
