import type { ChannelModel } from 'amqplib';
import type { Fate, Sighting } from '../frames/gates.js';
import type { LivingOrder } from '../load/bodies.js';
import type { Load } from '../load/load.js';
import type { Requests } from '../load/requests.js';
import type { Random } from '../random.js';
import type { Recorder } from '../recorder.js';
import type { Postgres } from '../servers/postgres.js';
import type { RabbitMq } from '../servers/rabbitmq.js';
import type { Fleet } from '../services/fleet.js';
import type { Replica } from '../services/replica.js';
import { until } from '../waiting.js';

/** What a fault can get at. */
export interface World {
  readonly fleet: Fleet;
  readonly postgres: Postgres;
  readonly rabbit: RabbitMq;
  readonly requests: Requests;
  readonly load: Load;
  readonly recorder: Recorder;
  /** One order of each shard that nobody else changes. */
  readonly probes: readonly LivingOrder[];
  /** Ids of messages that are to end in the dead letters. */
  readonly expectedDeadLetters: Set<string>;
  readonly signal: AbortSignal;
  /** A number that was not given before. */
  readonly nextNumber: () => number;
  /** What has to end before the fault is over, but not before it counts as lifted: a process on its way up again. */
  readonly later: (work: Promise<unknown>) => void;
  /** A connection to the broker beside those of the services; closed after the fault. */
  readonly broker: () => Promise<ChannelModel>;
}

/** One kind of thing that can go wrong. */
export interface Fault {
  /** Makes it happen, and takes it away again. @throws when it could not be made */
  readonly inject: (world: World, random: Random) => Promise<void>;
}

const SPRING_TIMEOUT_MS = 30_000;

/**
 * Waits for a frame at any of these replicas and does something with it, once.
 * @param act called at once, while the frame is held; says what becomes of it
 * @returns whose frame it was
 */
export async function atFrame(
  world: World,
  replicas: readonly Replica[],
  what: string,
  sees: (sighting: Sighting) => boolean,
  act: (replica: Replica, sighting: Sighting) => Fate,
): Promise<Replica> {
  let sprung: Replica | undefined;
  const undo = replicas.map((replica) =>
    replica.traps.add((sighting) => {
      if (sprung !== undefined || !sees(sighting)) return 'pass';
      sprung = replica;
      return act(replica, sighting);
    }),
  );
  try {
    return await until(`${what} on its way`, SPRING_TIMEOUT_MS, world.signal, () => sprung, 5);
  } finally {
    for (const remove of undo) remove();
  }
}
