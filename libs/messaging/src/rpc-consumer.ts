import type { Channel, ConsumeMessage } from 'amqplib';
import type { ConfirmedPublisher } from './confirmed-publisher.js';
import type { RabbitMqConnection } from './connection.js';
import { type ChannelWork, Consuming } from './consuming.js';
import { reasonOf } from './failure-policy.js';
import type { MessagingLogger } from './logger.js';
import type { InHand } from './send-ahead.js';
import { declareRpc, type Topology } from './topology.js';
import { within } from './waiting.js';

/** Requests of one pattern answered at the same time. */
const CONCURRENCY = 32;
const CLOSE_TIMEOUT_MS = 5_000;

/** What a request is answered with. */
export type RpcReply = { readonly ok: true; readonly response: unknown } | { readonly ok: false; readonly error: RpcFailure };

/** Why a request failed at the other end. */
export interface RpcFailure {
  readonly message: string;
  readonly [detail: string]: unknown;
}

/** What an `RpcConsumer` is made from. */
export interface RpcConsumerOptions {
  readonly connection: RabbitMqConnection;
  readonly topology: Topology;
  readonly publisher: ConfirmedPublisher;
  readonly pattern: string;
  readonly answer: (payload: unknown) => Promise<unknown>;
  readonly logger: MessagingLogger;
}

/** Answers requests of one pattern, as one of any number of replicas. */
export class RpcConsumer {
  readonly #consuming: Consuming;
  #stopping = false;

  constructor(private readonly options: RpcConsumerOptions) {
    const { connection, topology, pattern, logger } = options;
    this.#consuming = new Consuming({
      connection,
      queue: topology.rpcQueue(pattern),
      prefetch: CONCURRENCY,
      declare: (channel) => declareRpc(channel, topology, pattern),
      work: (channel, over) => this.#work(channel, over),
      logger,
    });
  }

  /** Resolves once requests are consumed. @throws if the broker refuses the declaration of the queue */
  start(): Promise<void> {
    return this.#consuming.start();
  }

  /** Answers what is in hand (within 5 s) and gives the rest back. */
  close(): Promise<void> {
    this.#stopping = true;
    return this.#consuming.stop();
  }

  #work(channel: Channel, over: AbortSignal): ChannelWork {
    const answering = new Set<Promise<void>>();
    const finished = new Promise<void>((resolve) => {
      over.addEventListener('abort', () => {
        // On a channel that is lost nothing can be acknowledged: the requests come again.
        resolve(this.#stopping ? within(CLOSE_TIMEOUT_MS, Promise.all(answering)).then(() => undefined) : undefined);
      });
    });
    const take = (message: ConsumeMessage): InHand => {
      const answer = this.#answer(channel, message).finally(() => answering.delete(answer));
      answering.add(answer);
      // Requests are small, and few at a time.
      return { messages: answering.size, bytes: 0 };
    };
    return { take, finished };
  }

  async #answer(channel: Channel, message: ConsumeMessage): Promise<void> {
    const { replyTo, correlationId } = message.properties as { replyTo?: string; correlationId?: string };
    try {
      const reply = await this.#reply(message);
      if (replyTo) {
        await this.options.publisher.publish('', replyTo, reply, {
          contentType: 'application/json',
          ...(correlationId !== undefined && { correlationId }),
        });
      }
      channel.ack(message);
    } catch (error) {
      this.options.logger.warn(`rpc ${this.options.pattern}: reply not sent: ${reasonOf(error)}`);
      giveBack(channel, message);
    }
  }

  /** The reply as JSON; an answer that cannot be written as JSON is a failure too. */
  async #reply(message: ConsumeMessage): Promise<Buffer> {
    const written = (reply: RpcReply): Buffer => Buffer.from(JSON.stringify(reply));
    try {
      const payload = JSON.parse(message.content.toString('utf8')) as unknown;
      return written({ ok: true, response: (await this.options.answer(payload)) ?? null });
    } catch (error) {
      this.options.logger.warn(`rpc ${this.options.pattern}: ${reasonOf(error)}`);
      return written({ ok: false, error: failureOf(error) });
    }
  }
}

/** To another replica, or to us once we are back. */
function giveBack(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.reject(message, true);
  } catch {
    return;
  }
}

function failureOf(error: unknown): RpcFailure {
  if (error instanceof Error) return { name: error.name, message: error.message };
  if (typeof error === 'object' && error !== null && 'message' in error) return { ...error, message: String(error.message) };
  return { message: String(error) };
}
