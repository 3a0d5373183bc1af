import { randomUUID } from 'node:crypto';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { RabbitMqConnection } from './connection.js';
import type { RpcFailure, RpcReply } from './rpc-consumer.js';
import type { Topology } from './topology.js';
import { pause, within } from './waiting.js';

/** Nobody answered: no queue, no time, or no connection. Trying again may help. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
  readonly retryable = true;
}

/** The other end answered that it failed. */
export class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError';

  constructor(
    readonly pattern: string,
    readonly failure: RpcFailure,
  ) {
    super(`${pattern}: ${failure.message}`);
  }
}

interface Asked {
  readonly resolve: (reply: RpcReply) => void;
  readonly reject: (error: Error) => void;
}

const REPLY_TO = 'amq.rabbitmq.reply-to';

/** Asks other services, over RabbitMQ's direct reply-to: no reply queue is made. */
export class RabbitMqClient {
  readonly #asked = new Map<string, Asked>();
  #channel: Promise<ConfirmChannel> | undefined;

  constructor(
    private readonly connection: RabbitMqConnection,
    private readonly topology: Topology,
  ) {}

  /**
   * Sends `payload` (JSON) to whoever serves `pattern` and gives the answer.
   * @throws NoReplyError if nobody serves it or the answer takes longer than `timeoutMs`; RequestFailedError if the
   * other end says it failed
   */
  async request<T>(pattern: string, payload: unknown, timeoutMs: number): Promise<T> {
    const id = randomUUID();
    const limit = new AbortController();
    const reply = new Promise<RpcReply>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      void pause(timeoutMs, limit.signal).then(() => reject(new NoReplyError(`No reply to ${pattern} within ${timeoutMs} ms.`)));
      this.#send(id, pattern, payload, timeoutMs).catch((error: Error) =>
        reject(new NoReplyError(`${pattern} could not be asked: ${error.message}`)),
      );
    });
    try {
      const answer = await reply;
      if (!answer.ok) throw new RequestFailedError(pattern, answer.error);
      return answer.response as T;
    } finally {
      limit.abort();
      this.#asked.delete(id);
    }
  }

  async close(): Promise<void> {
    const opening = this.#channel;
    this.#channel = undefined;
    for (const { reject } of this.#asked.values()) reject(new NoReplyError('The client was closed while waiting for the reply.'));
    // Without a broker there will be none, and nothing to wait for.
    const channel =
      opening &&
      (await within(
        1_000,
        opening.catch(() => undefined),
      ));
    if (channel)
      await within(
        1_000,
        channel.close().catch(() => undefined),
      );
  }

  async #send(id: string, pattern: string, payload: unknown, timeoutMs: number): Promise<void> {
    const channel = await this.#open();
    if (!this.#asked.has(id)) return;
    const options = {
      correlationId: id,
      replyTo: REPLY_TO,
      contentType: 'application/json',
      mandatory: true,
      // Nobody waits for the answer any longer than this.
      expiration: Math.ceil(timeoutMs),
    };
    channel.publish('', this.topology.rpcQueue(pattern), Buffer.from(JSON.stringify(payload ?? null)), options, (error: Error | null) => {
      if (error) this.#asked.get(id)?.reject(new NoReplyError(`${pattern} could not be asked: ${error.message}`));
    });
  }

  #open(): Promise<ConfirmChannel> {
    if (this.#channel) return this.#channel;
    const forget = (): void => {
      if (this.#channel === opening) this.#channel = undefined;
    };
    const opening = this.#connect(forget);
    opening.catch(forget);
    this.#channel = opening;
    return opening;
  }

  async #connect(forget: () => void): Promise<ConfirmChannel> {
    const channel = await this.connection.openPublishChannel();
    channel.on('close', () => {
      forget();
      for (const { reject } of this.#asked.values()) reject(new NoReplyError('The connection was lost while waiting for the reply.'));
    });
    channel.on('return', (message) => {
      this.#asked.get(String(message.properties.correlationId))?.reject(new NoReplyError(`Nobody serves ${message.fields.routingKey}.`));
    });
    // Direct reply-to: asked and answered on the same channel, in no-ack mode.
    await channel.consume(REPLY_TO, (message) => message && this.#answered(message), { noAck: true });
    return channel;
  }

  #answered(message: ConsumeMessage): void {
    const asked = this.#asked.get(String(message.properties.correlationId));
    try {
      asked?.resolve(JSON.parse(message.content.toString('utf8')) as RpcReply);
    } catch (error) {
      asked?.reject(error as Error);
    }
  }
}
