import { connect } from 'amqplib';
import type { Servers } from './servers.js';
import { Service } from './service.js';

export type ServiceName = 'order-service' | 'supp-service' | 'merger-worker';

/** What one row runs on: a database of its own, names on the broker of its own, and processes. */
export class Deployment {
  readonly services: Service[] = [];
  private readonly undo: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly servers: Servers,
    readonly name: string,
  ) {}

  /** @param name of the database, and what all its names on the broker begin with */
  static async open(servers: Servers, name: string): Promise<Deployment> {
    await servers.postgres.query(`CREATE DATABASE "${name}"`, [], 'postgres');
    const deployment = new Deployment(servers, name);
    servers.open.add(deployment);
    return deployment;
  }

  get prefix(): string {
    return `${this.name}.`;
  }

  get databaseUrl(): string {
    return this.servers.postgres.url(undefined, this.name);
  }

  get amqpUrl(): string {
    return this.servers.rabbit.alive.url;
  }

  /** Starts services of ours. */
  async ours(...names: readonly ServiceName[]): Promise<Service[]> {
    return Promise.all(names.map((name) => this.process(name, `apps/${name}/src/main.js`)));
  }

  /** Starts a process with the settings that ours are given. @param main of `dist/` */
  async process(name: string, main: string, ...args: readonly string[]): Promise<Service> {
    const environment = {
      DATABASE_URL: this.databaseUrl,
      AMQP_URL: this.amqpUrl,
      SUPPING_PREFIX: this.prefix,
      SUPPING_OUTBOX_LIMIT: '1000000',
    };
    const service = await Service.start({ name, main, args, environment, signal: this.servers.signal });
    this.services.push(service);
    return service;
  }

  service(name: string): Service {
    const found = this.services.find((service) => service.name === name);
    if (found === undefined) throw new Error(`${name} was not started for ${this.name}`);
    return found;
  }

  /** Has something ended before its processes are. */
  beforeClose(end: () => Promise<unknown>): void {
    this.undo.push(end);
  }

  /** Runs SQL in its database. */
  query<R extends Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.servers.postgres.query<R>(sql, values, this.name);
  }

  /** Ends its processes and removes what it has on the servers, so that the next row finds them empty. */
  async close(): Promise<void> {
    this.servers.open.delete(this);
    for (const end of this.undo) await end();
    await Promise.all(this.services.map((service) => service.stop()));
    const queues = await this.servers.rabbit.queues();
    const model = await connect(this.amqpUrl);
    const channel = await model.createChannel();
    for (const { name } of queues) if (name.startsWith(this.prefix)) await channel.deleteQueue(name);
    await model.close();
    await this.servers.postgres.query(`DROP DATABASE "${this.name}" WITH (FORCE)`, [], 'postgres');
  }
}
