import type { Channel, ConsumeMessage } from 'amqplib';
import type { RabbitMqConnection } from './connection.js';
import { reasonOf } from './failure-policy.js';
import type { MessagingLogger } from './logger.js';
import { Bell, GrowingWait, pause, unlessAborted, within } from './waiting.js';

/** What a `ShardConsumer` is made from. */
export interface ShardConsumerOptions {
  readonly connection: RabbitMqConnection;
  readonly queue: string;
  /** Messages a batch at most. */
  readonly batch: number;
  /** Messages the broker sends ahead. */
  readonly prefetch: number;
  readonly declare: (channel: Channel) => Promise<void>;
  /**
   * Deals with messages in queue order; never two calls at once.
   * @param signal aborted when the messages are no longer ours
   * @returns whether they may be acknowledged
   */
  readonly handle: (messages: readonly ConsumeMessage[], signal: AbortSignal) => Promise<boolean>;
  readonly logger: MessagingLogger;
}

/**
 * Consumes one queue on a channel of its own, batch after batch, as whatever has arrived by then; keeps coming back
 * after losing the channel, the connection or the queue.
 */
export class ShardConsumer {
  readonly #bell = new Bell();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(private readonly options: ShardConsumerOptions) {}

  /** Resolves once the queue is declared and consumed from. @throws if the broker refuses the declaration */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#running = this.#run(resolve, reject);
    });
  }

  /** Finishes the batch in hand, acknowledges it and gives the rest back. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    this.#bell.ring();
    await this.#running;
  }

  async #run(started: () => void, failed: (error: Error) => void): Promise<void> {
    const { signal } = this.#stopping;
    const waits = new GrowingWait(100, 5_000);
    let everStarted = false;
    while (!signal.aborted) {
      try {
        const channel = await unlessAborted(signal, this.options.connection.openConsumeChannel());
        await this.#consume(channel, () => {
          waits.reset();
          everStarted = true;
          started();
        });
      } catch (error) {
        if (signal.aborted) break;
        if (!everStarted && isRefusal(error)) return failed(error as Error);
        this.options.logger.warn(`${this.options.queue}: ${reasonOf(error)}; consuming again.`);
      }
      await pause(waits.next(), signal);
    }
    started();
  }

  /** Consumes on a channel until it is lost or a stop is asked for. */
  async #consume(channel: Channel, started: () => void): Promise<void> {
    const { queue, batch, prefetch, declare, handle } = this.options;
    const arrived: ConsumeMessage[] = [];
    const over = new AbortController();
    const end = (why: string): void => {
      over.abort(new Error(why));
      this.#bell.ring();
    };
    channel.on('close', () => end('lost the channel'));
    const stop = (): void => over.abort(new Error('stopping'));
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    try {
      await declare(channel);
      await channel.prefetch(prefetch);
      await channel.consume(queue, (message) => {
        // A queue deleted or a consumer timed out (4.3) arrives as null: without consuming again it is silently dead.
        if (message === null) return end('the broker cancelled the consumer');
        arrived.push(message);
        this.#bell.ring();
      });
      started();
      while (!over.signal.aborted) {
        const messages = arrived.splice(0, batch);
        const last = messages.at(-1);
        if (last === undefined) await this.#bell.heard();
        else if (await handle(messages, over.signal)) acknowledge(channel, last);
      }
      if (!this.#stopping.signal.aborted) throw over.signal.reason;
    } finally {
      this.#stopping.signal.removeEventListener('abort', stop);
      // Closed, not cancelled: a single active consumer that cancels with messages unacknowledged lets the next one
      // begin before they are back in the queue, out of order.
      await within(2_000, closeChannel(channel));
    }
  }
}

/** Acknowledging on a lost channel fails; the messages come again, which every handler must bear anyway. */
function acknowledge(channel: Channel, last: ConsumeMessage): void {
  try {
    channel.ack(last, true);
  } catch {
    return;
  }
}

async function closeChannel(channel: Channel): Promise<void> {
  await channel.close().catch(() => undefined);
}

/** The broker understood and said no (404, 403, 406 …): trying again changes nothing. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' && code >= 400 && code < 500;
}
