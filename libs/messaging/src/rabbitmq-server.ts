import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { ConsumeMessage } from 'amqplib';
import { isObservable, lastValueFrom } from 'rxjs';
import { BatchPool } from './batch-pool.js';
import { type CloudEvent, PoisonMessageError, toAmqp } from './cloud-event.js';
import { ConfirmedPublisher } from './confirmed-publisher.js';
import type { RabbitMqConnection } from './connection.js';
import type { DeadLetter } from './dead-letter.js';
import { deadLetterCollector } from './dead-letter-collector.js';
import { DeadLetters } from './dead-letters.js';
import { eventsFromAmqp } from './event-batch.js';
import { handleAll, reasonOf } from './failure-policy.js';
import { defaultLogger, type MessagingLogger } from './logger.js';
import { restBetween } from './rest.js';
import { RpcConsumer } from './rpc-consumer.js';
import { ShardConsumer } from './shard-consumer.js';
import { subscriptionOptions } from './subscription.js';
import { declareSubscription, type Topology } from './topology.js';

/** What a `RabbitMqServer` is made from. */
export interface RabbitMqServerOptions {
  readonly connection: RabbitMqConnection;
  readonly topology: Topology;
  readonly logger?: MessagingLogger;
  /** Messages sent ahead per queue; twice the subscription's batch at least, 100 where it reads batches. */
  readonly prefetch?: number;
  /** Says in a sentence what is wrong with an event, or nothing; what it refuses is dead-lettered. */
  readonly validate?: (event: CloudEvent) => string | undefined;
  /** Stores dead letters of the subscriptions, where they do not stay on the broker; the same one may come again. */
  readonly keepDeadLetters?: (letters: readonly DeadLetter[]) => Promise<void>;
}

interface Received {
  /** What came, with the event alone or others. */
  readonly message: ConsumeMessage;
  readonly event: CloudEvent;
  readonly alone: boolean;
}

/** Messages sent ahead of those with batches in them: their events fit into memory, were all batches as large as they may be. */
const BATCHES_AHEAD = 40;

/** What the shards of one subscription have in common. */
interface Subscribed {
  readonly handle: (received: readonly Received[]) => Promise<void>;
  readonly pool: BatchPool<Received>;
  readonly deadLetters: DeadLetters;
}

/**
 * Nest's transport over RabbitMQ, in place of the stock one, which acknowledges before handling and drops what it does
 * not understand: `@Subscription` gives batches per shard, `@MessagePattern` answers `RabbitMqClient`.
 */
export class RabbitMqServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  override transportId = Symbol.for('messaging.rabbitmq');
  readonly #log: MessagingLogger;
  readonly #publisher: ConfirmedPublisher;
  #consumers: (ShardConsumer | RpcConsumer)[] = [];

  constructor(private readonly options: RabbitMqServerOptions) {
    super();
    this.#log = options.logger ?? defaultLogger('RabbitMqServer');
    this.#publisher = new ConfirmedPublisher(options.connection);
  }

  /** Calls back once every queue is declared and consumed from, or with the error of what the broker refused. */
  listen(callback: (error?: Error) => void): void {
    this.#start().then(() => callback(), callback);
  }

  /** Finishes and acknowledges the batches in hand, then closes the channels. */
  async close(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.close()));
    await this.#publisher.close();
  }

  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false, extras: Record<string, unknown> = {}): void {
    const route = this.normalizePattern(pattern as string);
    if (this.messageHandlers.has(route)) throw new TypeError(`Two handlers are declared for "${route}"; one queue has one handler.`);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  on(): never {
    throw new Error('RabbitMqServer has no events; ask RabbitMqConnection.state().');
  }

  unwrap<T>(): T {
    return this.options.connection as T;
  }

  async #start(): Promise<void> {
    await this.options.connection.ready();
    for (const [name, handler] of this.messageHandlers) {
      if (handler.isEventHandler) this.#subscribe(name, handler);
      else this.#answer(name, handler);
    }
    await Promise.all(this.#consumers.map((consumer) => consumer.start()));
  }

  #subscribe(name: string, handler: MessageHandler): void {
    const { connection, topology, prefetch = 0, keepDeadLetters } = this.options;
    const { types, batched, batch, restMs } = subscriptionOptions(name, handler.extras);
    const ahead = Math.max(prefetch, batched.length > 0 ? BATCHES_AHEAD : 2 * batch);
    const handle = async (received: readonly Received[]): Promise<void> => {
      await settled(handler(received.map(({ event }) => event)));
    };
    const subscribed: Subscribed = {
      handle,
      pool: new BatchPool(handle, batch, restBetween(batch, restMs)),
      deadLetters: new DeadLetters(this.#publisher, topology.deadLetterQueue(name), this.#log),
    };
    if (keepDeadLetters !== undefined) {
      const given = { connection, topology, subscription: name, keep: keepDeadLetters, logger: this.#log };
      this.#consumers.push(deadLetterCollector(given));
    }
    for (let shard = 0; shard < topology.shards; shard++) {
      const queue = topology.subscriptionQueue(name, shard);
      const consumer = new ShardConsumer({
        connection,
        queue,
        batch,
        prefetch: ahead,
        declare: (channel) => declareSubscription(channel, topology, name, shard, types, batched),
        turn: (signal, size) => subscribed.pool.turn(signal, size),
        handle: (messages, signal) => this.#handle(messages, queue, subscribed, signal),
        logger: this.#log,
      });
      this.#consumers.push(consumer);
    }
  }

  #answer(pattern: string, handler: MessageHandler): void {
    const { connection, topology } = this.options;
    const answer = (payload: unknown): Promise<unknown> => settled(handler(payload));
    this.#consumers.push(new RpcConsumer({ connection, topology, publisher: this.#publisher, pattern, answer, logger: this.#log }));
  }

  /** One shard's messages: read, handled together with those of the other shards, or by the failure policy on their own. */
  async #handle(messages: readonly ConsumeMessage[], queue: string, subscribed: Subscribed, signal: AbortSignal): Promise<boolean> {
    const { handle, pool, deadLetters } = subscribed;
    const received: Received[] = [];
    for (const message of messages) {
      for (const read of this.#read(message)) {
        if ('event' in read) received.push(read);
        else {
          this.#log.error(`${queue}: a message goes to the dead letters: ${read.fault}`);
          if (!(await deadLetters.bury(read.letter, queue, read.fault, signal))) return false;
        }
      }
    }
    if (received.length === 0) return true;
    try {
      await pool.submit(received, signal);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#log.warn(`${queue}: ${reasonOf(error)}; trying this shard on its own.`);
    }
    let buried = true;
    const handled = await handleAll<Received>({
      items: received,
      handle,
      bury: async (one, error) => {
        buried &&= await deadLetters.bury(letterOf(one), queue, error, signal);
      },
      signal,
      logger: this.#log,
      name: queue,
    });
    return handled && buried;
  }

  /** The events of a message, and what is wrong with those that can be no events of ours, or with the whole of it. */
  #read(message: ConsumeMessage): (Received | { readonly letter: ConsumeMessage; readonly fault: string })[] {
    // Any error is about this message or event: thrown on, it would take the neighbours along.
    const faultOf = (error: unknown): string => (error instanceof PoisonMessageError ? error.message : reasonOf(error));
    let events: readonly CloudEvent[];
    try {
      events = eventsFromAmqp(message);
    } catch (error) {
      return [{ letter: message, fault: faultOf(error) }];
    }
    const alone = events.length === 1;
    return events.map((event) => {
      const received = { message, event, alone };
      try {
        const fault = this.options.validate?.(event);
        return fault === undefined ? received : { letter: letterOf(received), fault };
      } catch (error) {
        return { letter: letterOf(received), fault: faultOf(error) };
      }
    });
  }
}

/** The message of one event: what came, or of a batch what would have come with this one alone. */
function letterOf({ message, event, alone }: Received): ConsumeMessage {
  if (alone) return message;
  const { properties } = toAmqp(event);
  return { ...message, content: Buffer.from(JSON.stringify(event.data)), properties: properties as ConsumeMessage['properties'] };
}

/** A handler's outcome, whether Nest made a stream of it or not; the error of a failed one is in the stream. */
async function settled(outcome: Promise<unknown>): Promise<unknown> {
  const result = await outcome;
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
