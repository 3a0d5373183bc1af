import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { BrokerLink, type LinkState } from './broker-link.js';
import { defaultLogger, type MessagingLogger } from './logger.js';
import { publishQuickly } from './quick-publish.js';
import { declareCommon, type Topology } from './topology.js';

/** What a `RabbitMqConnection` is made from. */
export interface RabbitMqConnectionOptions {
  /** `amqp://user:password@host:5672/vhost`; `?heartbeat=` in seconds, 10 if not said. */
  readonly url: string;
  /** Shown as `connection_name` on the broker; the service's name. */
  readonly name: string;
  readonly topology: Topology;
  readonly logger?: MessagingLogger;
  /** Let `ready()` fail if the first connect does, instead of trying for ever. */
  readonly failFast?: boolean;
}

/** How the connections stand, for health and metrics. */
export interface RabbitMqState {
  readonly publish: LinkState;
  readonly consume: LinkState;
  readonly blocked: boolean;
}

/**
 * The way to RabbitMQ: two connections, because under a memory alarm even opening a channel hangs on a connection that
 * publishes, and consumers must go on acknowledging. Both come back by themselves (100 ms → 5 s, for ever).
 */
export class RabbitMqConnection {
  readonly #publish: BrokerLink;
  readonly #consume: BrokerLink;

  constructor(private readonly options: RabbitMqConnectionOptions) {
    const logger = options.logger ?? defaultLogger('RabbitMq');
    const link = (use: string): BrokerLink =>
      new BrokerLink({
        url: options.url,
        name: `${options.name}:${use}`,
        failFast: options.failFast ?? false,
        logger,
        prepare: (model) => this.#declareCommon(model),
      });
    this.#publish = link('publish');
    this.#consume = link('consume');
  }

  /**
   * Resolves once both connections are up and the common exchanges and the dead-letter queue are there.
   * @throws BrokerUnreachableError (only with `failFast`) in one line, without the password
   */
  async ready(): Promise<void> {
    await Promise.all([this.#publish.model(), this.#consume.model()]);
  }

  /** The broker takes nothing more for now (memory or disk alarm): publishes wait. */
  get blocked(): boolean {
    return this.#publish.blocked;
  }

  state(): RabbitMqState {
    return { publish: this.#publish.state, consume: this.#consume.state, blocked: this.blocked };
  }

  /** A new confirm channel on the publishing connection, as soon as that is up. Its owner watches `close`. */
  async openPublishChannel(): Promise<ConfirmChannel> {
    return publishQuickly(quiet(await (await this.#publish.model()).createConfirmChannel()));
  }

  /** A new channel on the consuming connection, as soon as that is up. Its owner watches `close`. */
  async openConsumeChannel(): Promise<Channel> {
    return quiet(await (await this.#consume.model()).createChannel());
  }

  /** Ends both connections; what is still unconfirmed is for its owner to have waited for. */
  async close(): Promise<void> {
    await Promise.all([this.#publish.close(), this.#consume.close()]);
  }

  async #declareCommon(model: ChannelModel): Promise<void> {
    const channel = quiet(await model.createChannel());
    await declareCommon(channel, this.options.topology);
    await channel.close();
  }
}

/** A channel's `error` comes with a `close`, which is what owners act on; unheard it would end the process. */
function quiet<C extends Channel>(channel: C): C {
  channel.on('error', () => undefined);
  return channel;
}
