import { randomUUID } from 'node:crypto';
import type { ConfirmChannel, Options } from 'amqplib';
import type { RabbitMqConnection } from './connection.js';
import { within } from './waiting.js';

/** A message that had to reach a queue was returned by the broker. */
export class UnroutableError extends Error {
  override readonly name = 'UnroutableError';
}

/** Publishes single messages and waits for each to be confirmed; many may be under way at once. */
export class ConfirmedPublisher {
  #channel: Promise<ConfirmChannel> | undefined;
  readonly #returned = new Set<string>();

  constructor(private readonly connection: RabbitMqConnection) {}

  /**
   * Publishes to an exchange (`''`: straight to the queue named by `routingKey`).
   * @throws UnroutableError if `mandatory` and no queue took it; otherwise what the broker or the connection said
   */
  async publish(exchange: string, routingKey: string, content: Buffer, options: Options.Publish): Promise<void> {
    const channel = await this.#open();
    const messageId = options.messageId ?? randomUUID();
    await new Promise<void>((resolve, reject) => {
      channel.publish(exchange, routingKey, content, { ...options, messageId }, (error: Error | null) => {
        if (this.#returned.delete(messageId)) reject(new UnroutableError(`no queue takes ${routingKey} from exchange "${exchange}"`));
        else if (error) reject(error);
        else resolve();
      });
    });
  }

  async close(): Promise<void> {
    const channel = await this.#channel?.catch(() => undefined);
    this.#channel = undefined;
    if (channel) await within(1_000, channel.close().catch(() => undefined));
  }

  #open(): Promise<ConfirmChannel> {
    this.#channel ??= this.connection.openPublishChannel().then(
      (channel) => {
        channel.on('return', (message) => this.#returned.add(String(message.properties.messageId)));
        channel.on('close', () => {
          this.#channel = undefined;
          this.#returned.clear();
        });
        return channel;
      },
      (error: Error) => {
        this.#channel = undefined;
        throw error;
      },
    );
    return this.#channel;
  }
}
