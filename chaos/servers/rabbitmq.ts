import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '#testing';
import { pause } from '../waiting.js';
import { accountOf, Program, runProgram } from './programs.js';
import { type ClusterPlace, RabbitMqNode } from './rabbitmq-node.js';

/** How one queue stands. */
export interface QueueCount {
  readonly name: string;
  readonly ready: number;
  readonly unacknowledged: number;
  readonly leader: string;
}

/** Messages in a queue, with a consumer or not. */
export const messagesIn = ({ ready, unacknowledged }: QueueCount): number => ready + unacknowledged;

export interface Binding {
  readonly exchange: string;
  readonly queue: string;
  readonly key: string;
}

/** A RabbitMQ cluster of this run's own on loopback ports, with a port mapper of its own. */
export class RabbitMq {
  private constructor(
    readonly nodes: readonly RabbitMqNode[],
    private readonly mapper: Program,
  ) {}

  /** Starts `size` nodes and joins them. */
  static async start(parent: string, size: number, signal: AbortSignal): Promise<RabbitMq> {
    const account = await accountOf('rabbitmq');
    const folder = join(parent, 'rabbitmq');
    await mkdir(folder);
    const cookie = join(folder, '.erlang.cookie');
    await writeFile(cookie, 'CHAOS');
    await chmod(cookie, 0o400);
    if (account !== undefined) for (const path of [folder, cookie]) await chown(path, account.uid, account.gid);
    const place: ClusterPlace = { folder, account, mapperPort: await freePort(), scripts: await scripts(), signal };
    const mapper = new Program('epmd', ['-port', String(place.mapperPort), '-address', '127.0.0.1'], {
      account,
      cwd: folder,
      detached: true,
    });
    const nodes: RabbitMqNode[] = [];
    const cluster = new RabbitMq(nodes, mapper);
    try {
      for (let number = 1; number <= size; number += 1) nodes.push(await RabbitMqNode.make(place, number));
      await Promise.all(nodes.map((node) => node.start()));
      const [first, ...others] = nodes;
      for (const node of others) {
        await node.control('stop_app');
        await node.control('join_cluster', first?.name ?? '');
        await node.control('start_app');
      }
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** A node that runs. */
  get alive(): RabbitMqNode {
    const node = this.nodes.find(({ running }) => running);
    if (node === undefined) throw new Error('no RabbitMQ node runs');
    return node;
  }

  /** The nodes that run. */
  get allAlive(): readonly RabbitMqNode[] {
    return this.nodes.filter(({ running }) => running);
  }

  async queues(): Promise<QueueCount[]> {
    const columns = ['name', 'messages_ready', 'messages_unacknowledged', 'leader'];
    const rows = JSON.parse(await this.alive.control('list_queues', '--formatter', 'json', ...columns)) as Record<
      string,
      string | number
    >[];
    return rows.map((row) => ({
      name: String(row.name),
      ready: Number(row.messages_ready),
      unacknowledged: Number(row.messages_unacknowledged),
      leader: String(row.leader),
    }));
  }

  /** How the wanted queues stand once they are empty, or after all the time that is given: RabbitMQ counts every five seconds. */
  async settledQueues(wanted: (queue: QueueCount) => boolean, timeoutMs: number, signal: AbortSignal): Promise<QueueCount[]> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const queues = (await this.queues()).filter(wanted);
      if (queues.every((queue) => messagesIn(queue) === 0) || Date.now() > deadline) return queues;
      await pause(500, signal);
    }
  }

  /** What is bound to these exchanges. */
  async bindings(exchanges: readonly string[]): Promise<Binding[]> {
    const columns = ['source_name', 'destination_name', 'routing_key'];
    const rows = JSON.parse(await this.alive.control('list_bindings', '--formatter', 'json', ...columns)) as Record<string, string>[];
    return rows
      .map((row) => ({ exchange: row.source_name ?? '', queue: row.destination_name ?? '', key: row.routing_key ?? '' }))
      .filter(({ exchange }) => exchanges.includes(exchange));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.mapper.end(2_000);
  }
}

/** RabbitMQ's own scripts. @throws Error when it is not installed */
async function scripts(): Promise<string> {
  const versions = await readdir('/usr/lib/rabbitmq/lib').catch(() => []);
  const newest = versions
    .filter((name) => name.startsWith('rabbitmq_server-'))
    .sort()
    .at(-1);
  if (newest !== undefined) return `/usr/lib/rabbitmq/lib/${newest}/sbin`;
  const server = (await runProgram('sh', ['-c', 'command -v rabbitmq-server'])).trim();
  return server.slice(0, server.lastIndexOf('/'));
}
