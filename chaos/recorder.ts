import { createHash } from 'node:crypto';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { type CloudEvent, fromAmqp } from '#messaging';
import type { Seen } from './check/evidence.js';
import { PREFIX } from './services/fleet.js';
import { pause } from './waiting.js';

/** Stands in copies that the run itself sent again, in other orders and later. */
export const COPY = 'chaos-copy';
export const RECORDER_QUEUE = `${PREFIX}recorder`;

/** A downstream consumer that binds everything and forgets nothing: the first sight of each event, and how often it came. */
export class Recorder {
  readonly seen = new Map<string, Seen>();
  /** The same event with another body, or what is no event. */
  readonly broken: string[] = [];
  /** Ids of what was to be no event. */
  readonly poison = new Set<string>();
  private model: ChannelModel | undefined;
  private closed = false;
  private taken = 0;
  lastAt = Date.now();

  /** @param url of a broker node that runs */
  constructor(
    private readonly url: () => string,
    private readonly signal: AbortSignal,
  ) {}

  async open(): Promise<void> {
    const model = await connect(this.url(), { noDelay: true, timeout: 5_000 });
    this.model = model;
    model.on('error', () => undefined);
    model.on('close', () => void this.comeBack());
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    await channel.assertExchange(`${PREFIX}events`, 'topic', { durable: true });
    await channel.assertQueue(RECORDER_QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(RECORDER_QUEUE, `${PREFIX}events`, '#');
    await channel.prefetch(500);
    await this.consume(model, channel);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.model?.close().catch(() => undefined);
  }

  private async consume(model: ChannelModel, channel: Channel): Promise<void> {
    await channel.consume(RECORDER_QUEUE, (message) => {
      if (message === null) return void model.close().catch(() => undefined);
      this.lastAt = Date.now();
      const id = String(message.properties.messageId);
      try {
        if (!this.poison.has(id)) this.take(fromAmqp(message), message.content, message.properties.headers?.[COPY] !== undefined);
      } catch (error) {
        this.broken.push(`message ${id}: ${(error as Error).message}`);
      }
      try {
        channel.ack(message);
      } catch {
        // Lost with the channel: it comes again.
      }
    });
  }

  private take(event: CloudEvent, content: Buffer, copy: boolean): void {
    const key = `${event.source} ${event.id}`;
    const hash = createHash('sha1').update(content).digest('base64');
    const known = this.seen.get(key);
    if (known === undefined) {
      const { id, source, type, subject, sequence, data } = event;
      this.taken += 1;
      this.seen.set(key, { id, source, type, subject, sequence, data, hash, place: this.taken, times: copy ? 0 : 1 });
      return;
    }
    if (!copy) known.times += 1;
    if (known.hash !== hash) this.broken.push(`event ${key} came with two bodies`);
  }

  private async comeBack(): Promise<void> {
    while (!this.closed && !this.signal.aborted) {
      try {
        return await this.open();
      } catch {
        await pause(200, this.signal).catch(() => undefined);
      }
    }
  }
}
