import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createDatabase, dropTopology, eventually, freePort, testTopology } from '#testing';

export const SERVICES = ['order-service', 'supp-service', 'merger-worker'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

const ROOT = new URL('..', import.meta.url).pathname;
const SHARDS = 4;

/**
 * All services as the processes that run in production, on a database and broker names of their own.
 * Started from `dist/`, so that they can be killed with -9 like anywhere else.
 */
export class Stack {
  private readonly children = new Map<ServiceName, ChildProcess>();
  private readonly ports = new Map<ServiceName, number>();
  readonly topology = testTopology(SHARDS);
  private database: Awaited<ReturnType<typeof createDatabase>> | undefined;

  /** @param settings further environment of every service: a policy, say */
  constructor(private readonly settings: NodeJS.ProcessEnv = {}) {}

  get databaseUrl(): string {
    if (this.database === undefined) throw new Error('open() first');
    return this.database.url;
  }

  get amqpUrl(): string {
    return process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
  }

  async open(): Promise<void> {
    this.database = await createDatabase(async () => undefined);
    await Promise.all(SERVICES.map((name) => this.start(name)));
  }

  async close(): Promise<void> {
    await Promise.all(SERVICES.map((name) => this.stop(name)));
    await dropTopology(this.topology, {
      subscriptions: ['merger', 'order-service', 'supp-service'],
      rpc: ['order.resend', 'order.heads', 'supplement.resend', 'supplement.heads', 'effective-order.revision'],
    });
    await this.database?.drop();
  }

  environment(name: ServiceName): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DATABASE_URL: this.databaseUrl,
      AMQP_URL: this.amqpUrl,
      PORT: String(this.ports.get(name)),
      SUPPING_PREFIX: this.topology.prefix,
      SUPPING_SHARDS: String(SHARDS),
      ...this.settings,
    };
  }

  /** Starts one service and waits until it is ready. */
  async start(name: ServiceName): Promise<void> {
    if (!this.ports.has(name)) this.ports.set(name, await freePort());
    const child = spawn(process.execPath, [`${ROOT}dist/apps/${name}/src/main.js`], {
      env: this.environment(name),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr?.on('data', (chunk) => {
      complaint += chunk;
    });
    this.children.set(name, child);
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${complaint}`);
        const answer = await fetch(this.url(name, '/health/ready'));
        if (answer.status !== 200) throw new Error(`${name} is not ready: ${answer.status}`);
      },
      { timeoutMs: 90_000 },
    );
  }

  /** Ends one service gracefully; resolves with its exit code. */
  stop(name: ServiceName): Promise<number | null> {
    return this.end(name, 'SIGTERM');
  }

  kill(name: ServiceName): Promise<number | null> {
    return this.end(name, 'SIGKILL');
  }

  private async end(name: ServiceName, signal: NodeJS.Signals): Promise<number | null> {
    const child = this.children.get(name);
    this.children.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }

  url(name: ServiceName, path: string): string {
    return `http://127.0.0.1:${this.ports.get(name)}${path}`;
  }

  async call<T>(name: ServiceName, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const answer = await fetch(this.url(name, path), {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }
}

/** Runs `work` for 0 … count-1, at most `width` at once; gives the results in order. */
export async function inParallel<T>(width: number, count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = new Array(count);
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let n = next++; n < count; n = next++) results[n] = await work(n);
    }),
  );
  return results;
}
