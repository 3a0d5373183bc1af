import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { freePort } from '#testing';
import { until } from '../waiting.js';
import { type Account, Program, runProgram } from './programs.js';

const START_TIMEOUT_MS = 120_000;

/** What the nodes of one cluster share. */
export interface ClusterPlace {
  readonly folder: string;
  readonly account: Account | undefined;
  readonly mapperPort: number;
  /** Where RabbitMQ's own scripts are, not Debian's wrappers, which change the user. */
  readonly scripts: string;
  readonly signal: AbortSignal;
}

/** One RabbitMQ node of this run's own. */
export class RabbitMqNode {
  private server: Program | undefined;

  private constructor(
    readonly name: string,
    private readonly place: ClusterPlace,
    readonly port: number,
    private readonly distributionPort: number,
  ) {}

  static async make(place: ClusterPlace, number: number): Promise<RabbitMqNode> {
    const node = new RabbitMqNode(`chaos${number}@localhost`, place, await freePort(), await freePort());
    await mkdir(node.folder);
    await writeFile(join(node.folder, 'rabbitmq.conf'), CONFIGURATION);
    await writeFile(join(node.folder, 'plugins'), '[].');
    if (place.account !== undefined) await chown(node.folder, place.account.uid, place.account.gid);
    await chmod(node.folder, 0o755);
    return node;
  }

  private get folder(): string {
    return join(this.place.folder, this.name);
  }

  get running(): boolean {
    return this.server?.running === true;
  }

  get pid(): number {
    return this.server?.pid ?? -1;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it takes logins. */
  async start(): Promise<void> {
    const { account, scripts, signal } = this.place;
    const program = (): Program =>
      new Program(join(scripts, 'rabbitmq-server'), [], { account, cwd: this.folder, env: this.environment(), detached: true });
    this.server = program();
    await until(this.name, START_TIMEOUT_MS, signal, async () => {
      // A node whose peers are not there yet may give up on its own.
      if (!this.running) this.server = program();
      const model = await connect(this.url, { timeout: 2_000 });
      await model.close();
      return true;
    });
  }

  /** As when its machine loses power. */
  async kill(): Promise<void> {
    await this.server?.signal('SIGKILL', true);
  }

  async stop(): Promise<void> {
    await this.server?.end(20_000, true);
  }

  /** @returns what `rabbitmqctl ARGS` on this node prints */
  control(...args: string[]): Promise<string> {
    const { account, scripts } = this.place;
    const words = ['--node', this.name, '--quiet', ...args];
    return runProgram(join(scripts, 'rabbitmqctl'), words, { account, cwd: this.folder, env: this.environment(), timeoutMs: 90_000 });
  }

  private environment(): NodeJS.ProcessEnv {
    const { folder, mapperPort } = this.place;
    return {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: folder,
      ERL_EPMD_PORT: String(mapperPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: this.name,
      RABBITMQ_NODE_PORT: String(this.port),
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_DIST_PORT: String(this.distributionPort),
      RABBITMQ_CONFIG_FILE: join(this.folder, 'rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.folder, 'plugins'),
      RABBITMQ_MNESIA_BASE: join(this.folder, 'data'),
      RABBITMQ_LOG_BASE: join(this.folder, 'log'),
      RABBITMQ_PID_FILE: join(this.folder, 'pid'),
      // Several brokers, their clients and a database share few cores: spinning schedulers would take them from each other.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_CTL_ERL_ARGS: '+S 1:1 +sbwt none',
    };
  }
}

const CONFIGURATION = `
log.file.level = warning
queue_master_locator = min-masters
queue_leader_locator = balanced
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.relative = 0.4
`;
