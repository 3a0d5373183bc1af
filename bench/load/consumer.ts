import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib';

const PREFETCH = 500;
/** Whoever waits for more gives up after so long without any. */
const SILENCE_MS = 60_000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A downstream consumer of the revised orders: it keeps every message for the checker, and tells who waits for it. */
export class Consumer {
  readonly messages: ConsumeMessage[] = [];
  private waiting: Waiting[] = [];
  private closing = false;
  private heardAt = performance.now();
  private readonly watch = setInterval(() => this.giveUp(), 1_000);
  private listener: ((message: ConsumeMessage) => void) | undefined;

  private constructor(
    private readonly model: ChannelModel,
    private readonly signal: AbortSignal,
  ) {}

  /** @param queue durable, of its own @param exchange a topic exchange, which must exist */
  static async open(url: string, queue: string, exchange: string, signal: AbortSignal): Promise<Consumer> {
    const model = await connect(url, { noDelay: true });
    const consumer = new Consumer(model, signal);
    const channel = await model.createChannel();
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(queue, exchange, 'effective-order.revised.#');
    await channel.prefetch(PREFETCH);
    let last: ConsumeMessage | undefined;
    await channel.consume(queue, (message) => {
      // Cancelled: whoever waits for more is told by the history, or waits in vain.
      if (message === null) return;
      // All that came in one turn is acknowledged at once.
      if (last === undefined) {
        setImmediate(() => {
          if (last !== undefined && !consumer.closing) channel.ack(last, true);
          last = undefined;
        });
      }
      last = message;
      consumer.take(message);
    });
    return consumer;
  }

  /** Calls for every message from now on, before those who wait for one. */
  listen(listener: ((message: ConsumeMessage) => void) | undefined): void {
    this.listener = listener;
  }

  /** Resolves when another message has come. @throws Error after a minute without any */
  another(): Promise<void> {
    if (this.waiting.length === 0) this.heardAt = performance.now();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** Resolves when so many have come in all. */
  async reached(count: number): Promise<void> {
    while (this.messages.length < count) await this.another();
  }

  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.watch);
    await this.model.close();
  }

  private take(message: ConsumeMessage): void {
    this.messages.push(message);
    this.listener?.(message);
    this.heardAt = performance.now();
    for (const { resolve } of this.taken()) resolve();
  }

  private giveUp(): void {
    const silent = performance.now() - this.heardAt > SILENCE_MS;
    if (!silent && !this.signal.aborted) return;
    const error = new Error(`nothing more was consumed after ${this.messages.length} revisions`);
    for (const { reject } of this.taken()) reject(error);
  }

  private taken(): readonly Waiting[] {
    const { waiting } = this;
    if (waiting.length > 0) this.waiting = [];
    return waiting;
  }
}
