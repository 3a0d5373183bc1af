import type { ConfirmChannel, Options } from 'amqplib';
import type { RabbitMqConnection } from './connection.js';
import { within } from './waiting.js';

const TAG = 'supping-publish';

/** A message that had to reach a queue was returned by the broker. */
export class UnroutableError extends Error {
  override readonly name = 'UnroutableError';
}

/** Publishes single messages and waits for each to be confirmed; many may be under way at once. */
export class ConfirmedPublisher {
  #channel: Promise<ConfirmChannel> | undefined;
  #published = 0;
  readonly #returned = new Set<unknown>();

  constructor(private readonly connection: RabbitMqConnection) {}

  /**
   * Publishes to an exchange (`''`: straight to the queue named by `routingKey`).
   * @throws UnroutableError if `mandatory` and no queue took it; otherwise what the broker or the connection said
   */
  async publish(exchange: string, routingKey: string, content: Buffer, options: Options.Publish): Promise<void> {
    const channel = await this.#open();
    // By what a return is told: the message's id will not do, the same message may be under way twice.
    const tag = ++this.#published;
    const tagged = options.mandatory === true ? { ...options, headers: { ...options.headers, [TAG]: tag } } : options;
    await new Promise<void>((resolve, reject) => {
      channel.publish(exchange, routingKey, content, tagged, (error: Error | null) => {
        if (this.#returned.delete(tag)) reject(new UnroutableError(`no queue takes ${routingKey} from exchange "${exchange}"`));
        else if (error) reject(error);
        else resolve();
      });
    });
  }

  async close(): Promise<void> {
    const opening = this.#channel;
    this.#channel = undefined;
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

  #open(): Promise<ConfirmChannel> {
    if (this.#channel) return this.#channel;
    const forget = (): void => {
      if (this.#channel === opening) this.#channel = undefined;
    };
    const opening = this.connection.openPublishChannel().then((channel) => {
      channel.on('return', (message) => this.#returned.add(message.properties.headers?.[TAG]));
      channel.on('close', forget);
      return channel;
    });
    opening.catch(forget);
    this.#channel = opening;
    return opening;
  }
}
