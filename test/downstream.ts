import { type ChannelModel, connect } from 'amqplib';
import { type CloudEvent, fromAmqp, type Topology } from '#messaging';

/**
 * A downstream consumer by the documented rule: it takes each order's revisions in order, drops what it has seen by
 * `subject` and `sequence`, and notes whatever breaks the promise.
 */
export class Downstream {
  private model: ChannelModel | undefined;
  readonly revisions = new Map<string, number[]>();
  readonly broken: string[] = [];
  duplicates = 0;

  constructor(
    private readonly url: string,
    private readonly topology: Topology,
  ) {}

  async open(): Promise<void> {
    this.model = await connect(this.url, { noDelay: true });
    const channel = await this.model.createChannel();
    await channel.assertExchange(this.topology.events, 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, this.topology.events, 'effective-order.revised.#');
    await channel.consume(queue, (message) => message !== null && this.take(fromAmqp(message)), { noAck: true });
  }

  async close(): Promise<void> {
    await this.model?.close();
  }

  /** Revisions received once and in order, over all orders. */
  get count(): number {
    return [...this.revisions.values()].reduce((sum, line) => sum + line.length, 0);
  }

  private take(event: CloudEvent): void {
    const line = this.revisions.get(event.subject) ?? [];
    const last = line.at(-1) ?? 0;
    if (event.sequence <= last) this.duplicates += 1;
    else if (event.sequence !== last + 1) this.broken.push(`${event.subject}: ${event.sequence} after ${last}`);
    else this.revisions.set(event.subject, [...line, event.sequence]);
  }
}
