import { type ChannelModel, connect } from 'amqplib';
import { type CloudEvent, fromAmqp, shortType, type Topology } from '#messaging';
import { eventually } from '#testing';

/** Keeps what was published under a routing pattern, in the order of its arrival. */
export class Listener {
  private model: ChannelModel | undefined;
  private readonly heard: CloudEvent[] = [];

  constructor(
    private readonly url: string,
    private readonly topology: Topology,
    private readonly pattern: string,
  ) {}

  async open(): Promise<void> {
    this.model = await connect(this.url, { noDelay: true });
    const channel = await this.model.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, this.topology.events, this.pattern);
    await channel.consume(queue, (message) => message !== null && this.heard.push(fromAmqp(message)), { noAck: true });
  }

  async close(): Promise<void> {
    await this.model?.close();
  }

  /** The last events of a type about an order up to a sequence, once that one has come. @param count how many of them */
  until(orderId: string, type: string, sequence: number, count = 1): Promise<CloudEvent[]> {
    return eventually(
      () => {
        const events = this.heard.filter((event) => event.subject === orderId && shortType(event.type) === type);
        const last = events.findIndex((event) => event.sequence === sequence);
        if (last < 0) throw new Error(`${type} ${sequence} of ${orderId} was not heard`);
        return events.slice(Math.max(0, last + 1 - count), last + 1);
      },
      { timeoutMs: 10_000 },
    );
  }
}
