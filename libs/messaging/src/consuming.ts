import type { Channel, ConsumeMessage } from 'amqplib';
import { ConnectionClosedError } from './broker-link.js';
import type { RabbitMqConnection } from './connection.js';
import { consumeQueue } from './consume-queue.js';
import { reasonOf } from './failure-policy.js';
import type { MessagingLogger } from './logger.js';
import { type InHand, SendAhead } from './send-ahead.js';
import { GrowingWait, pause, unlessAborted, within } from './waiting.js';

/** What happens with the messages of one channel. */
export interface ChannelWork {
  /** Called for every message, in the order the broker sends them, until `over`; must not throw. @returns what is in hand with it */
  readonly take: (message: ConsumeMessage) => InHand;
  /** Resolves after `over` was aborted, as soon as what is in hand has been dealt with. */
  readonly finished: Promise<void>;
}

/** What a `Consuming` is made from. */
export interface ConsumingOptions {
  readonly connection: RabbitMqConnection;
  readonly queue: string;
  /** Messages the broker sends ahead, usually. */
  readonly prefetch: number;
  readonly declare: (channel: Channel) => Promise<void>;
  /** @param over aborted when the channel, the connection or the queue is lost, and when a stop is asked for */
  readonly work: (channel: Channel, over: AbortSignal) => ChannelWork;
  readonly logger: MessagingLogger;
}

/** No loss: the channel is closed because the broker is to send ahead more, or less. */
const RESIZED = new Error('another prefetch');

/** Consumes one queue on a channel of its own, and again after losing the channel, the connection or the queue. */
export class Consuming {
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  readonly #ahead: SendAhead;

  constructor(private readonly options: ConsumingOptions) {
    this.#ahead = new SendAhead(options.prefetch);
  }

  /** Resolves once the queue is declared and consumed from, or when stopped. @throws if the broker refuses the declaration */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#running = this.#run(resolve, reject);
    });
  }

  /** Resolves when what is in hand has been dealt with and the channel is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
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
        if (error === RESIZED) continue;
        this.#ahead.lost();
        if (error instanceof ConnectionClosedError || (!everStarted && isRefusal(error))) return failed(error as Error);
        this.options.logger.warn(`${this.options.queue}: ${reasonOf(error)}; consuming again.`);
      }
      await pause(waits.next(), signal);
    }
    started();
  }

  /** Consumes on a channel until a stop is asked for. @throws the reason when it was lost */
  async #consume(channel: Channel, started: () => void): Promise<void> {
    const { queue, declare, work } = this.options;
    const stopping = this.#stopping.signal;
    const over = new AbortController();
    channel.on('close', () => over.abort(new Error('lost the channel')));
    const stop = (): void => over.abort(stopping.reason);
    stopping.addEventListener('abort', stop, { once: true });
    const { take, finished } = work(channel, over.signal);
    finished.catch(() => undefined);
    try {
      await declare(channel);
      await channel.prefetch(this.#ahead.prefetch);
      const taken = (message: ConsumeMessage): void => {
        // What still comes on a channel that is over is not in hand: it goes back when the channel closes.
        if (!over.signal.aborted && !(this.#ahead.mayTake(message.fields.redelivered) && this.#ahead.fits(take(message))))
          over.abort(RESIZED);
      };
      await consumeQueue(channel, queue, taken, over);
      started();
      await finished;
      if (!stopping.aborted) throw over.signal.reason;
    } finally {
      over.abort(new Error('not consumed'));
      stopping.removeEventListener('abort', stop);
      await finished.catch(() => undefined);
      // Closed, not cancelled: a single active consumer that cancels with messages unacknowledged lets the next one
      // begin before they are back in the queue, out of order.
      await within(
        2_000,
        channel.close().catch(() => undefined),
      );
    }
  }
}

/** The broker understood and said no (404, 403, 406 …): trying again changes nothing. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' && code >= 400 && code < 500;
}
