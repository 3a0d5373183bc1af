import type { Channel, ConsumeMessage } from 'amqplib';
import type { ConfirmedPublisher } from './confirmed-publisher.js';
import type { RabbitMqConnection } from './connection.js';
import { reasonOf } from './failure-policy.js';
import type { MessagingLogger } from './logger.js';
import { declareRpc, type Topology } from './topology.js';
import { GrowingWait, pause, unlessAborted, within } from './waiting.js';

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
  readonly #stopping = new AbortController();
  readonly #answering = new Set<Promise<void>>();
  #running: Promise<void> | undefined;

  constructor(private readonly options: RpcConsumerOptions) {}

  /** Resolves once requests are consumed. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#run(resolve);
    });
  }

  /** Answers what is in hand and gives the rest back. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    await this.#running;
  }

  async #run(started: () => void): Promise<void> {
    const { signal } = this.#stopping;
    const waits = new GrowingWait(100, 5_000);
    while (!signal.aborted) {
      try {
        const channel = await unlessAborted(signal, this.options.connection.openConsumeChannel());
        await this.#consume(channel, () => {
          waits.reset();
          started();
        });
      } catch (error) {
        if (!signal.aborted) this.options.logger.warn(`rpc ${this.options.pattern}: ${reasonOf(error)}; consuming again.`);
      }
      await pause(waits.next(), signal);
    }
    started();
  }

  async #consume(channel: Channel, started: () => void): Promise<void> {
    const { topology, pattern } = this.options;
    const lost = new Promise<string>((resolve) => {
      channel.on('close', () => resolve('lost the channel'));
      this.#stopping.signal.addEventListener('abort', () => resolve('stopping'), { once: true });
      const consume = async (): Promise<void> => {
        await declareRpc(channel, topology, pattern);
        await channel.prefetch(CONCURRENCY);
        await channel.consume(topology.rpcQueue(pattern), (message) => {
          if (message === null) return resolve('the broker cancelled the consumer');
          const answering = this.#answer(channel, message).finally(() => this.#answering.delete(answering));
          this.#answering.add(answering);
        });
        started();
      };
      consume().catch((error: unknown) => resolve(reasonOf(error)));
    });
    const reason = await lost;
    if (this.#stopping.signal.aborted) await within(CLOSE_TIMEOUT_MS, Promise.allSettled(this.#answering));
    await within(2_000, channel.close().catch(() => undefined));
    if (!this.#stopping.signal.aborted) throw new Error(reason);
  }

  async #answer(channel: Channel, message: ConsumeMessage): Promise<void> {
    // A request that comes while stopping stays unacknowledged: closing the channel gives it to another replica.
    if (this.#stopping.signal.aborted) return;
    const reply = await this.#reply(message);
    const { replyTo, correlationId } = message.properties as { replyTo?: string; correlationId?: string };
    try {
      if (replyTo) {
        await this.options.publisher.publish('', replyTo, Buffer.from(JSON.stringify(reply)), {
          contentType: 'application/json',
          ...(correlationId !== undefined && { correlationId }),
        });
      }
      channel.ack(message);
    } catch (error) {
      this.options.logger.warn(`rpc ${this.options.pattern}: reply not sent: ${reasonOf(error)}`);
      try {
        channel.reject(message, true);
      } catch {
        return;
      }
    }
  }

  async #reply(message: ConsumeMessage): Promise<RpcReply> {
    try {
      const payload = JSON.parse(message.content.toString('utf8')) as unknown;
      return { ok: true, response: (await this.options.answer(payload)) ?? null };
    } catch (error) {
      this.options.logger.warn(`rpc ${this.options.pattern}: ${reasonOf(error)}`);
      return { ok: false, error: failureOf(error) };
    }
  }
}

function failureOf(error: unknown): RpcFailure {
  if (error instanceof Error) return { name: error.name, message: error.message };
  if (typeof error === 'object' && error !== null && 'message' in error) return { ...error, message: String(error.message) };
  return { message: String(error) };
}
