import { type Channel, type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import type { JsonObject, Revision } from '#order-model';
import { SettingError, type Settings } from './settings.js';

const REVISED = /\.effective-order\.revised\.v1$/;

/** What downstream has received of one order. */
export interface OrderLine {
  /** Events by revision, in the order in which each came first. */
  readonly events: ReadonlyMap<number, Revision & JsonObject>;
  /** How many were dropped because their `subject` and `sequence` had come before. */
  readonly duplicates: number;
}

interface Line {
  readonly events: Map<number, Revision & JsonObject>;
  duplicates: number;
}

function why(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message || code || String(error);
}

/**
 * A downstream consumer by the documented rule, on a queue of its own: it drops what it has seen by `subject` and
 * `sequence`, and keeps each order's line of revisions.
 */
export class Downstream {
  private readonly lines = new Map<string, Line>();
  private lost: string | undefined;

  private constructor(private readonly model: ChannelModel) {}

  /** Subscribes to `effective-order.#`. @throws SettingError naming AMQP_URL or SUPPING_PREFIX */
  static async open(settings: Settings): Promise<Downstream> {
    const shown = settings.amqpUrl.replace(/\/\/[^@/]*@/, '//');
    let model: ChannelModel;
    try {
      model = await connect(settings.amqpUrl, { noDelay: true, timeout: 5_000 });
    } catch (error) {
      throw new SettingError('AMQP_URL', `cannot connect to RabbitMQ at ${shown} (${why(error)}); run npm start first`);
    }
    const downstream = new Downstream(model);
    try {
      await downstream.subscribe(settings.exchange);
    } catch (error) {
      await model.close().catch(() => undefined);
      throw error;
    }
    return downstream;
  }

  private async subscribe(exchange: string): Promise<void> {
    const lose = (error?: unknown): void => {
      this.lost ??= error === undefined ? 'the connection was closed' : why(error);
    };
    this.model.on('error', lose);
    this.model.on('close', lose);
    const channel: Channel = await this.model.createChannel();
    channel.on('error', lose);
    try {
      await channel.checkExchange(exchange);
    } catch {
      throw new SettingError('SUPPING_PREFIX', `RabbitMQ has no exchange ${exchange}; give the prefix that the services were started with`);
    }
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, 'effective-order.#');
    await channel.consume(queue, (message) => (message === null ? lose(new Error('the queue was deleted')) : this.take(message)), {
      noAck: true,
    });
  }

  /** What has come of an order. @throws Error when the subscription is lost, for then nothing more will come */
  line(orderId: string): OrderLine {
    if (this.lost !== undefined) throw new Error(`downstream lost its subscription: ${this.lost}`);
    return this.lines.get(orderId) ?? { events: new Map(), duplicates: 0 };
  }

  /** Forgets every order: the next scenario has another. */
  forget(): void {
    this.lines.clear();
  }

  async close(): Promise<void> {
    if (this.lost === undefined) await this.model.close();
  }

  private take({ properties, content }: ConsumeMessage): void {
    const headers = (properties.headers ?? {}) as Record<string, unknown>;
    if (!REVISED.test(String(headers['cloudEvents:type']))) return;
    const subject = String(headers['cloudEvents:subject']);
    const sequence = Number(headers['cloudEvents:sequence']);
    const line = this.lines.get(subject) ?? { events: new Map(), duplicates: 0 };
    this.lines.set(subject, line);
    if (line.events.has(sequence)) line.duplicates += 1;
    else line.events.set(sequence, JSON.parse(content.toString('utf8')) as Revision & JsonObject);
  }
}
