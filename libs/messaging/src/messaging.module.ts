import {
  type DynamicModule,
  type FactoryProvider,
  type INestApplicationContext,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RabbitMqConnection } from './connection.js';
import { OutboxRelay } from './outbox-relay.js';
import { RabbitMqClient } from './rabbitmq-client.js';
import { RabbitMqServer, type RabbitMqServerOptions } from './rabbitmq-server.js';
import { Topology } from './topology.js';

/** What a service says about its messaging. */
export interface MessagingOptions {
  readonly amqpUrl: string;
  /** Of every name on the broker, with its dot: `supping.` */
  readonly prefix: string;
  readonly shards: number;
  /** Of the service, for the broker's list of connections. */
  readonly name: string;
  /** The schema whose outbox is relayed. */
  readonly schema: string;
  readonly pollMs?: number;
  /** Types of events, short, that may find no subscriber. */
  readonly unheard?: readonly string[];
  /** Types of events, short, that are published in batches too. */
  readonly batched?: readonly string[];
  /** Move what is published to the schema's event log, for those who come for it later. */
  readonly keep?: boolean;
  /** Types of events, full, that are not kept there. */
  readonly unkept?: readonly string[];
  /** End the start with an error if RabbitMQ cannot be reached, instead of waiting for it. */
  readonly failFast?: boolean;
}

/** Options that depend on other providers. */
export interface MessagingAsyncOptions {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  readonly useFactory: (...injected: never[]) => MessagingOptions | Promise<MessagingOptions>;
}

const OPTIONS = Symbol('MessagingOptions');

/** Starts the relay with the application; stops it after HTTP and the consumers have ended, so that the last events go out. */
@Injectable()
class MessagingLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(OPTIONS) private readonly options: MessagingOptions,
    @Inject(RabbitMqConnection) private readonly connection: RabbitMqConnection,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(RabbitMqClient) private readonly client: RabbitMqClient,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.options.failFast) await this.connection.ready();
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.client.close();
    await this.connection.close();
  }
}

/**
 * Gives every module `RabbitMqConnection`, `Topology`, `OutboxRelay` and `RabbitMqClient`. Needs the `DataSource` of
 * `TypeOrmModule.forRoot`.
 */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    return MessagingModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: MessagingAsyncOptions): DynamicModule {
    const given: Provider = {
      provide: OPTIONS,
      inject: options.inject ?? [],
      useFactory: options.useFactory as FactoryProvider['useFactory'],
    };
    return {
      module: MessagingModule,
      global: true,
      imports: options.imports ?? [],
      providers: [given, ...providers, MessagingLifecycle],
      exports: [Topology, RabbitMqConnection, OutboxRelay, RabbitMqClient],
    };
  }
}

const providers: Provider[] = [
  {
    provide: Topology,
    inject: [OPTIONS],
    useFactory: ({ prefix, shards }: MessagingOptions) => new Topology(prefix, shards),
  },
  {
    provide: RabbitMqConnection,
    inject: [OPTIONS, Topology],
    useFactory: ({ amqpUrl, name, failFast = false }: MessagingOptions, topology: Topology) =>
      new RabbitMqConnection({ url: amqpUrl, name, topology, failFast }),
  },
  {
    provide: OutboxRelay,
    inject: [OPTIONS, DataSource, RabbitMqConnection, Topology],
    useFactory: (
      { schema, pollMs, unheard = [], batched = [], keep = false, unkept = [] }: MessagingOptions,
      dataSource: DataSource,
      connection: RabbitMqConnection,
      topology: Topology,
    ) =>
      new OutboxRelay({
        dataSource,
        schema,
        connection,
        topology,
        keep,
        unkept,
        unheard,
        batched,
        ...(pollMs !== undefined && { pollMs }),
      }),
  },
  {
    provide: RabbitMqClient,
    inject: [RabbitMqConnection, Topology],
    useFactory: (connection: RabbitMqConnection, topology: Topology) => new RabbitMqClient(connection, topology),
  },
];

/** The strategy for `app.connectMicroservice({ strategy: createStrategy(app, { validate }) })`, on the connection of the app. */
export function createStrategy(
  app: INestApplicationContext,
  options: Pick<RabbitMqServerOptions, 'prefetch' | 'validate' | 'keepDeadLetters' | 'logger'> = {},
): RabbitMqServer {
  return new RabbitMqServer({
    ...options,
    connection: app.get(RabbitMqConnection, { strict: false }),
    topology: app.get(Topology, { strict: false }),
  });
}
