import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort, type TcpProxy, tcpProxy } from '#testing';
import { Traps } from '../frames/gates.js';
import { Program } from '../servers/programs.js';
import { until } from '../waiting.js';
import { isReady } from './readiness.js';

export const SERVICES = ['order-service', 'supp-service', 'merger-worker'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What every replica of a run is given. */
export interface Surroundings {
  /** A folder with `package.json`, `node_modules` and `dist`, of this run's own. */
  readonly root: string;
  readonly folder: string;
  readonly postgresPort: number;
  readonly databaseUrl: (port: number) => string;
  /** The port of a RabbitMQ node that runs. */
  readonly brokerPort: (replica: number) => number;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const READY_TIMEOUT_MS = 90_000;

/** One process of a service, with ways to the servers of its own that can be spoilt. */
export class Replica {
  /** How it ended when nobody had ended it, each time. */
  readonly crashes: string[] = [];
  /** Most memory it was seen to hold, bytes. */
  mostMemory = 0;
  private program: Program | undefined;
  /** Nobody is to start it again when it ends. */
  private expected = true;

  private constructor(
    readonly service: ServiceName,
    readonly number: number,
    private readonly port: number,
    readonly postgres: TcpProxy,
    readonly broker: TcpProxy,
    readonly traps: Traps,
    private readonly place: Surroundings,
  ) {}

  static async make(service: ServiceName, number: number, place: Surroundings): Promise<Replica> {
    const traps = new Traps();
    const postgres = await tcpProxy('127.0.0.1', place.postgresPort, { gate: traps.pgGate });
    const broker = await tcpProxy('127.0.0.1', () => place.brokerPort(number), { gate: traps.amqpGate });
    return new Replica(service, number, await freePort(), postgres, broker, traps, place);
  }

  get name(): string {
    return `${this.service} ${this.number}`;
  }

  get running(): boolean {
    return this.program?.running === true;
  }

  /** The last it said. */
  get output(): string {
    return this.program?.output ?? '';
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Starts it, again and again as an orchestrator does, until it is ready. */
  async start(): Promise<void> {
    await until(
      `${this.name} to be ready`,
      READY_TIMEOUT_MS,
      this.place.signal,
      async () => {
        if (!this.running) await this.launch();
        return isReady(this.url(''));
      },
      50,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
    this.expected = false;
  }

  /** kill -9, at once. @returns once it is gone */
  async kill(): Promise<void> {
    this.expected = true;
    await this.program?.signal('SIGKILL');
  }

  /** SIGTERM. @returns its exit status, nothing where it had to be killed */
  async stop(graceMs = 30_000): Promise<number | undefined> {
    this.expected = true;
    const { program } = this;
    await program?.end(graceMs);
    return program?.child.exitCode ?? undefined;
  }

  /** Stops it where it stands, as a hypervisor does. */
  freeze(): void {
    this.program?.send('SIGSTOP');
  }

  thaw(): void {
    this.program?.send('SIGCONT');
  }

  /** Sets its wall clock. @param offset milliseconds ahead of the true one */
  async setClock(offset: number): Promise<void> {
    await writeFile(this.clockFile, String(offset));
    this.program?.send('SIGUSR2');
  }

  measure(): void {
    this.mostMemory = Math.max(this.mostMemory, this.program?.memory ?? 0);
  }

  /** Ends it and closes its ways. */
  async close(): Promise<void> {
    this.thaw();
    await this.stop(10_000);
    await Promise.all([this.postgres.close(), this.broker.close()]);
  }

  private get clockFile(): string {
    return join(this.place.folder, `${this.service}-${this.number}.clock`);
  }

  private async launch(): Promise<void> {
    const { root, databaseUrl, environment } = this.place;
    await writeFile(this.clockFile, '0');
    const env = {
      ...process.env,
      ...environment,
      DATABASE_URL: databaseUrl(this.postgres.port),
      AMQP_URL: `amqp://guest:guest@127.0.0.1:${this.broker.port}`,
      PORT: String(this.port),
      HOST: '127.0.0.1',
      CHAOS_CLOCK_FILE: this.clockFile,
    };
    const args = [
      '--import',
      pathToFileURL(join(root, 'dist/chaos/services/clock.js')).href,
      join(root, `dist/apps/${this.service}/src/main.js`),
    ];
    const program = new Program(process.execPath, args, { env, cwd: root, detached: true });
    this.expected = true;
    this.program = program;
    program.child.once('exit', (code, signal) => {
      if (this.expected || this.program !== program) return;
      this.crashes.push(`${this.name} ended by itself (${signal ?? `status ${code}`}): ${program.output.slice(-1_500)}`);
      void this.start().catch((error: Error) => this.crashes.push(error.message));
    });
  }
}
