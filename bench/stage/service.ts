import { fileURLToPath } from 'node:url';
import { freePort } from '#testing';
import { Program } from '../../chaos/servers/programs.js';
import { isReady } from '../../chaos/services/readiness.js';
import { until } from '../../chaos/waiting.js';

/** What is built. */
const DIST = fileURLToPath(new URL('../../', import.meta.url));

/** As `npm start` runs services; what they are held against gets the same. */
const NODE_FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=75', '--single-threaded-gc'];
const NATIVE_MEMORY = { MALLOC_ARENA_MAX: '1' };
const READY_TIMEOUT_MS = 60_000;

export interface ServiceOptions {
  readonly name: string;
  /** Of `dist/`. */
  readonly main: string;
  readonly args?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One process that serves HTTP on a port of its own. */
export class Service {
  private program: Program | undefined;

  private constructor(
    readonly port: number,
    private readonly options: ServiceOptions,
  ) {}

  static async start(options: ServiceOptions): Promise<Service> {
    const service = new Service(await freePort(), options);
    await service.start();
    return service;
  }

  get name(): string {
    return this.options.name;
  }

  /** Starts it, once more after a stop, and waits until it is ready. */
  async start(): Promise<void> {
    const { name, main, args = [], environment, signal } = this.options;
    const env = { ...NATIVE_MEMORY, ...process.env, ...environment, PORT: String(this.port), HOST: '127.0.0.1', NODE_ENV: 'production' };
    const profile = process.env.SUPPING_BENCH_PROFILE;
    const flags =
      profile === undefined
        ? NODE_FLAGS
        : [...NODE_FLAGS, '--cpu-prof', '--cpu-prof-dir', profile, '--cpu-prof-name', `${name}-${Date.now()}.cpuprofile`];
    const program = new Program(process.execPath, [...flags, `${DIST}${main}`, ...args], { env, cwd: DIST, detached: true });
    this.program = program;
    try {
      await until(name, READY_TIMEOUT_MS, signal, () => isReady(`http://127.0.0.1:${this.port}`), 50);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${program.output}`);
    }
  }

  /** Memory that it holds now, bytes. */
  get memory(): number {
    return this.program?.memory ?? 0;
  }

  get pid(): number {
    return this.program?.pid ?? -1;
  }

  /** Takes the processor from it, and gives it back. */
  pause(paused: boolean): void {
    if (this.program?.running) process.kill(this.program.pid, paused ? 'SIGSTOP' : 'SIGCONT');
  }

  /** As when its machine loses power. */
  async kill(): Promise<void> {
    await this.program?.signal('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.program?.end(30_000);
  }
}
