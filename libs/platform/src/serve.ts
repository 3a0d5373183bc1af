import { ConsoleLogger, type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { DataSource } from 'typeorm';
import { BrokerUnreachableError, type CloudEvent, createStrategy, MessagingModule, RabbitMqConnection } from '#messaging';
import { BACKLOG_OPTIONS, Backlog } from './backlog.js';
import { readConfig, type ServiceConfig } from './config.js';
import { DatabaseModule, type DatabaseOptions, openDatabase } from './database.module.js';
import { DeadLettersService, SCHEMA_OF_SERVICE } from './dead-letters.service.js';
import { watchDoor } from './door.js';
import { createHttpApplication } from './http.js';
import { measure } from './metrics.js';
import { openApiDocument } from './openapi.js';
import { OperationsController } from './operations.controller.js';
import { OPERATOR_CONTROLLERS } from './operators.js';
import { POLICY } from './policy.js';
import { SettingError } from './setting-error.js';

export interface Service extends DatabaseOptions {
  readonly name: string;
  readonly title: string;
  readonly defaultPort: number;
  /** The service's own module; database, messaging, health and metrics stand beside it. */
  readonly module: Type;
  /** Says what is wrong with an event that was received, or nothing; what it refuses is dead-lettered. */
  readonly faultOfEvent: (event: CloudEvent) => string | undefined;
  /** Events it publishes that none of the services needs: one that finds no subscriber is not waited for. */
  readonly unheard: readonly string[];
  /** Events it publishes in batches too. */
  readonly batched?: readonly string[];
  /** Whether what it publishes is kept in its schema's event log. */
  readonly keepsEvents?: boolean;
  /** Types of events that are not: of no use to whoever comes later. */
  readonly unkept?: readonly string[];
  /** Routes that are no GET and store nothing all the same: they are answered while writers are turned away. */
  readonly storesNothing?: readonly string[];
}

@Module({})
class ServiceModule {
  static forRoot(service: Service, config: ServiceConfig, database: DataSource): DynamicModule {
    const { name, amqpUrl, prefix, shards } = config;
    const { schema, unheard, batched = [], keepsEvents: keep = false, unkept = [] } = service;
    return {
      module: ServiceModule,
      global: true,
      providers: [
        { provide: POLICY, useValue: config.policy },
        { provide: SCHEMA_OF_SERVICE, useValue: service.schema },
        { provide: BACKLOG_OPTIONS, useValue: { limit: config.outboxLimit } },
        DeadLettersService,
        Backlog,
      ],
      exports: [POLICY],
      imports: [
        DatabaseModule.forRoot(database),
        MessagingModule.forRoot({ name, amqpUrl, prefix, shards, schema, failFast: true, unheard, batched, keep, unkept }),
        service.module,
      ],
      controllers: [OperationsController, ...OPERATOR_CONTROLLERS],
    };
  }
}

async function reachBroker(app: NestFastifyApplication): Promise<void> {
  try {
    await app.get(RabbitMqConnection, { strict: false }).ready();
  } catch (error) {
    if (error instanceof BrokerUnreachableError) throw new SettingError('AMQP_URL', error.message);
    throw error;
  }
}

async function listen(app: NestFastifyApplication, config: ServiceConfig): Promise<void> {
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new SettingError('PORT', `${config.port} is taken by another program; set another one`);
    if (code === 'EACCES') throw new SettingError('PORT', `${config.port} may not be opened by this user; set another one`);
    throw new SettingError('HOST', `cannot listen on ${config.host}:${config.port} (${message})`);
  }
}

async function start(service: Service, config: ServiceConfig): Promise<() => Promise<void>> {
  const database = await openDatabase(config, service);
  let app: NestFastifyApplication | undefined;
  const stop = async () => {
    // Requests and batches in hand end first, then the outbox, the database last.
    await app?.close();
    await database.destroy();
  };
  try {
    const logger = new ConsoleLogger({ prefix: service.name, logLevels: ['log', 'warn', 'error', 'fatal'] });
    const made = await createHttpApplication(ServiceModule.forRoot(service, config, database), config.bodyLimit, logger);
    app = made;
    const backlog = app.get(Backlog);
    const { bodiesLimit, bodyLimit } = config;
    const door = watchDoor(app, { backlog, bodiesLimit, bodyLimit, storesNothing: service.storesNothing ?? [] });
    measure(app, backlog, door, app.get(RabbitMqConnection, { strict: false }));
    SwaggerModule.setup('docs', app, () => openApiDocument(made, service.title), { jsonDocumentUrl: 'openapi.json' });
    await reachBroker(app);
    const letters = app.get(DeadLettersService);
    const keepDeadLetters = letters.keep.bind(letters);
    app.connectMicroservice({ strategy: createStrategy(app, { validate: service.faultOfEvent, keepDeadLetters }) });
    await app.startAllMicroservices();
    await listen(app, config);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return stop;
}

/**
 * Runs a service until SIGTERM or SIGINT, then stops it gracefully. A setting that cannot be used ends the process
 * with status 1 and one line on stderr that names it.
 */
export async function serve(service: Service): Promise<void> {
  let stop: () => Promise<void>;
  try {
    stop = await start(service, readConfig(service.name, service.defaultPort, process.env));
  } catch (error) {
    process.stderr.write(`${service.name}: ${error instanceof SettingError ? error.message : ((error as Error).stack ?? error)}\n`);
    process.exit(1);
  }
  let stopping = false;
  const end = () => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${service.name}: did not stop cleanly: ${(error as Error).stack ?? error}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
