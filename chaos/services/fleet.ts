import type { Postgres } from '../servers/postgres.js';
import type { RabbitMq } from '../servers/rabbitmq.js';
import { Replica, SERVICES, type ServiceName, type Surroundings } from './replica.js';

const REPLICAS = 2;
const MEASURE_EVERY_MS = 2_000;

export const PREFIX = 'chaos.';
export const SHARDS = 4;

/** Two replicas of every service. */
export class Fleet {
  private timer: NodeJS.Timeout | undefined;

  private constructor(readonly replicas: readonly Replica[]) {}

  /** @param root with `dist`, a copy of this run's own */
  static async start(root: string, folder: string, postgres: Postgres, rabbit: RabbitMq, signal: AbortSignal): Promise<Fleet> {
    const place: Surroundings = {
      root,
      folder,
      postgresPort: postgres.port,
      databaseUrl: (port) => postgres.url(port),
      brokerPort: (replica) => {
        const { allAlive, nodes } = rabbit;
        return (allAlive[replica % Math.max(1, allAlive.length)] ?? nodes[0])?.port ?? 1;
      },
      environment: {
        SUPPING_PREFIX: PREFIX,
        SUPPING_SHARDS: String(SHARDS),
        SUPPING_DATABASE_TIMEOUT_MS: '6000',
        // Sooner than by default, so that a run sees what they bring back.
        SUPPING_GAP_SECONDS: '2',
        SUPPING_RECONCILE_SECONDS: '10',
        NODE_ENV: 'development',
      },
      signal,
    };
    const replicas: Replica[] = [];
    const fleet = new Fleet(replicas);
    try {
      for (const service of SERVICES) {
        for (let number = 0; number < REPLICAS; number += 1) replicas.push(await Replica.make(service, number, place));
      }
      await Promise.all(replicas.map((replica) => replica.start()));
    } catch (error) {
      await fleet.close();
      throw error;
    }
    fleet.timer = setInterval(() => {
      for (const replica of replicas) replica.measure();
    }, MEASURE_EVERY_MS);
    return fleet;
  }

  of(service: ServiceName): Replica[] {
    return this.replicas.filter((replica) => replica.service === service);
  }

  get crashes(): string[] {
    return this.replicas.flatMap(({ crashes }) => crashes);
  }

  /** Most memory that one replica was seen to hold, bytes. */
  get mostMemory(): number {
    return Math.max(0, ...this.replicas.map(({ mostMemory }) => mostMemory));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }
}
