import type { Socket } from 'node:net';
import { type ChannelModel, connect } from 'amqplib';
import { coalesceWrites } from './coalesced-writes.js';
import type { MessagingLogger } from './logger.js';
import { GrowingWait, pause, unlessAborted, within } from './waiting.js';

const CONNECT_TIMEOUT_MS = 10_000;
/** Written in one turn before the publisher is told to wait. */
const WRITE_BYTES = 256 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;

/** The first connect to RabbitMQ failed. One line, without the password; the caller adds the name of the setting. */
export class BrokerUnreachableError extends Error {
  override readonly name = 'BrokerUnreachableError';
}

/** Somebody asked for the broker after `close()`. */
export class ConnectionClosedError extends Error {
  override readonly name = 'ConnectionClosedError';
}

/** Where a link stands. */
export type LinkState = 'idle' | 'connecting' | 'up' | 'closed';

interface LinkOptions {
  readonly url: string;
  readonly name: string;
  readonly failFast: boolean;
  readonly logger: MessagingLogger;
  /** Run on every new connection before anyone gets it. */
  readonly prepare: (model: ChannelModel) => Promise<void>;
}

/** One amqplib connection that comes back by itself, for ever, until it is closed. */
export class BrokerLink {
  #state: LinkState = 'idle';
  #blocked = false;
  #model: ChannelModel | undefined;
  #waiting: { resolve: (model: ChannelModel) => void; reject: (error: Error) => void }[] = [];
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(private readonly options: LinkOptions) {}

  get state(): LinkState {
    return this.#state;
  }

  /** The broker has said it takes nothing more for now (memory or disk alarm). */
  get blocked(): boolean {
    return this.#blocked;
  }

  /**
   * The connection as soon as there is one.
   * @throws BrokerUnreachableError if the first connect fails and `failFast` is set; ConnectionClosedError after `close()`
   */
  model(): Promise<ChannelModel> {
    if (this.#state === 'closed') return Promise.reject(new ConnectionClosedError('The connection to RabbitMQ is closed.'));
    if (this.#model) return Promise.resolve(this.#model);
    const up = new Promise<ChannelModel>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#running ??= this.#keepUp();
    return up;
  }

  /** Ends the connection and stops coming back. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#closing.abort();
    this.#settle(new ConnectionClosedError('The connection to RabbitMQ is closed.'));
    const model = this.#model;
    this.#model = undefined;
    if (model)
      await within(
        CLOSE_TIMEOUT_MS,
        model.close().catch(() => undefined),
      );
    if (model) destroySocket(model);
    await this.#running;
  }

  async #keepUp(): Promise<void> {
    const waits = new GrowingWait(100, 5_000);
    let everUp = false;
    this.#state = 'connecting';
    while (!this.#closing.signal.aborted) {
      try {
        const { lost } = await this.#connect();
        if (everUp) this.options.logger.log(`${this.options.name}: RabbitMQ is back.`);
        everUp = true;
        waits.reset();
        const reason = await lost;
        if (!this.#closing.signal.aborted) this.#state = 'connecting';
        if (!this.#closing.signal.aborted) this.options.logger.warn(`${this.options.name}: lost RabbitMQ (${reason}); reconnecting.`);
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        const unreachable = describe(error as Error, this.options.url);
        if (this.options.failFast && !everUp) {
          this.#state = 'idle';
          this.#running = undefined;
          this.#settle(unreachable);
          return;
        }
        this.options.logger.warn(`${this.options.name}: ${unreachable.message}; trying again.`);
      }
      await pause(waits.next(), this.#closing.signal);
    }
  }

  /** Connects; `lost` resolves when the connection is lost, with the reason. */
  async #connect(): Promise<{ lost: Promise<string> }> {
    const model = await this.#shakeHands();
    let reason = 'closed by the broker';
    model.on('error', (error) => (reason = error.message));
    model.on('blocked', (why) => {
      this.#blocked = true;
      this.options.logger.warn(`${this.options.name}: RabbitMQ takes nothing more for now (${why}).`);
    });
    model.on('unblocked', () => (this.#blocked = false));
    const lost = new Promise<string>((resolve) => {
      const over = (): void => {
        if (this.#model === model) this.#model = undefined;
        this.#blocked = false;
        destroySocket(model);
        resolve(reason);
      };
      model.on('close', over);
      // amqplib says nothing of a socket destroyed under it, which is how the goodbye to a silent broker ends.
      socketOf(model).once('close', over);
    });
    try {
      // A broker that goes silent right after the handshake would be noticed by its missing heartbeats only.
      const limit = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
      await unlessAborted(limit, this.options.prepare(model));
      this.#closing.signal.throwIfAborted();
    } catch (error) {
      await within(
        CLOSE_TIMEOUT_MS,
        model.close().catch(() => undefined),
      );
      destroySocket(model);
      throw error;
    }
    this.#model = model;
    this.#state = 'up';
    for (const { resolve } of this.#waiting.splice(0)) resolve(model);
    return { lost };
  }

  /** A new connection; a close ends the attempt at once, also one with a peer that says nothing. */
  async #shakeHands(): Promise<ChannelModel> {
    const closing = this.#closing.signal;
    const attempt = new AbortController();
    const giveUp = (): void => attempt.abort();
    closing.addEventListener('abort', giveUp, { once: true });
    const socketOptions = {
      // Without it a 4 KB body waits for Nagle: 23 messages a second instead of 1,431.
      noDelay: true,
      writableHighWaterMark: WRITE_BYTES,
      keepAlive: true,
      timeout: CONNECT_TIMEOUT_MS,
      signal: attempt.signal,
      clientProperties: { connection_name: this.options.name },
    };
    try {
      const model = await connect(withHeartbeat(this.options.url), socketOptions);
      coalesceWrites(socketOf(model));
      return model;
    } finally {
      closing.removeEventListener('abort', giveUp);
    }
  }

  #settle(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', '10');
  return parsed.href;
}

/** amqplib only half-closes; a peer that went silent would keep the process alive until TCP gives up. */
function destroySocket(model: ChannelModel): void {
  socketOf(model).destroy();
}

function socketOf(model: ChannelModel): Socket {
  return (model.connection as unknown as { stream: Socket }).stream;
}

function describe(error: Error & { code?: string }, url: string): BrokerUnreachableError {
  let where = 'the given URL';
  let user = '';
  try {
    const parsed = new URL(url);
    where = `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
    user = decodeURIComponent(parsed.username) || 'guest';
  } catch {
    return new BrokerUnreachableError('the RabbitMQ URL cannot be read; it looks like amqp://user:password@host:5672/vhost');
  }
  const reason = (error.message || error.code || String(error)).replace(/\s+/g, ' ');
  if (/ACCESS.REFUSED/.test(reason))
    return new BrokerUnreachableError(`RabbitMQ at ${where} refuses the login of user "${user}": ${reason}`);
  return new BrokerUnreachableError(`cannot reach RabbitMQ at ${where}: ${reason}`);
}
