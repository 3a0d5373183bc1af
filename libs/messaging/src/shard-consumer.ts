import type { Channel, ConsumeMessage } from 'amqplib';
import type { RabbitMqConnection } from './connection.js';
import { type ChannelWork, Consuming } from './consuming.js';
import { eventsIn } from './event-batch.js';
import type { MessagingLogger } from './logger.js';
import type { InHand } from './send-ahead.js';
import { Bell } from './waiting.js';

/** What a `ShardConsumer` is made from. */
export interface ShardConsumerOptions {
  readonly connection: RabbitMqConnection;
  readonly queue: string;
  /** Events a batch, and the rest of the last message. */
  readonly batch: number;
  /** Messages the broker sends ahead. */
  readonly prefetch: number;
  readonly declare: (channel: Channel) => Promise<void>;
  /** Resolves when what has arrived by then may be handled, or when the signal is aborted. @param size how many events that would be now */
  readonly turn?: (signal: AbortSignal, size: () => number) => Promise<void>;
  /**
   * Deals with messages in queue order; never two calls at once.
   * @param signal aborted when the messages are no longer ours
   * @returns whether they may be acknowledged
   */
  readonly handle: (messages: readonly ConsumeMessage[], signal: AbortSignal) => Promise<boolean>;
  readonly logger: MessagingLogger;
}

/** Consumes one queue, batch after batch, a batch being whatever has arrived by then. */
export class ShardConsumer {
  readonly #consuming: Consuming;

  constructor(private readonly options: ShardConsumerOptions) {
    this.#consuming = new Consuming({ ...options, work: (channel, over) => this.#work(channel, over) });
  }

  /** Resolves once the queue is declared and consumed from. @throws if the broker refuses the declaration */
  start(): Promise<void> {
    return this.#consuming.start();
  }

  /** Finishes the batch in hand, acknowledges it and gives the rest back. */
  close(): Promise<void> {
    return this.#consuming.stop();
  }

  #work(channel: Channel, over: AbortSignal): ChannelWork {
    const arrived: ConsumeMessage[] = [];
    const inHand = { messages: 0, bytes: 0 };
    const bell = new Bell();
    over.addEventListener('abort', () => bell.ring());
    const take = (message: ConsumeMessage): InHand => {
      arrived.push(message);
      inHand.messages += 1;
      inHand.bytes += message.content.length;
      bell.ring();
      return inHand;
    };
    return { take, finished: this.#handleBatches(channel, over, arrived, inHand, bell) };
  }

  async #handleBatches(
    channel: Channel,
    over: AbortSignal,
    arrived: ConsumeMessage[],
    inHand: { messages: number; bytes: number },
    bell: Bell,
  ): Promise<void> {
    while (!over.aborted) {
      if (arrived.length === 0) {
        await bell.heard();
        continue;
      }
      await this.options.turn?.(over, () => upTo(this.options.batch, arrived).events);
      if (over.aborted) return;
      const messages = arrived.splice(0, upTo(this.options.batch, arrived).messages);
      if (await this.options.handle(messages, over)) {
        acknowledge(channel, messages.at(-1) as ConsumeMessage);
        inHand.messages -= messages.length;
        for (const { content } of messages) inHand.bytes -= content.length;
      }
    }
  }
}

/** How many messages from the first on have so many events together, and how many they have. */
function upTo(most: number, arrived: readonly ConsumeMessage[]): { messages: number; events: number } {
  let [messages, events] = [0, 0];
  for (; events < most && messages < arrived.length; messages += 1) events += eventsIn(arrived[messages] as ConsumeMessage);
  return { messages, events };
}

/** Acknowledging on a lost channel fails; the messages come again, which every handler must bear anyway. */
function acknowledge(channel: Channel, last: ConsumeMessage): void {
  try {
    channel.ack(last, true);
  } catch {
    return;
  }
}
