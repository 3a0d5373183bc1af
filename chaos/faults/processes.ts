import type { Random } from '../random.js';
import { type Replica, SERVICES, type ServiceName } from '../services/replica.js';
import { pause, until } from '../waiting.js';
import type { Fault, World } from './fault.js';

/** The relay's lease is 15 s, and no setting changes it: whoever is silent for longer has lost it. */
const PAST_THE_LEASE_MS = 18_000;
const HOUR_MS = 3_600_000;
const SCHEMAS: Readonly<Record<ServiceName, string>> = {
  'order-service': 'order_service',
  'supp-service': 'supp_service',
  'merger-worker': 'merger_worker',
};

/** The replica that publishes its service's outbox. */
function relayOf(world: World, service: ServiceName): Promise<Replica> {
  return until(`${service}'s relay`, 20_000, world.signal, async () => {
    const rows = await world.postgres.query<{ client_port: number }>(
      `SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = $1`,
      [`${SCHEMAS[service]}-outbox-relay`],
    );
    return world.fleet.of(service).find(({ postgres }) => rows.some(({ client_port }) => postgres.comesFrom(client_port)));
  });
}

async function freezePastTheLease(world: World, random: Random): Promise<void> {
  const replica = await relayOf(world, random.pick(SERVICES));
  replica.freeze();
  try {
    await pause(PAST_THE_LEASE_MS, world.signal);
  } finally {
    replica.thaw();
  }
}

/** The wall clocks of some replicas go wrong by up to a day, to and fro, and are put right. */
async function clockJumps(world: World, random: Random): Promise<void> {
  const replicas = random.shuffled(world.fleet.replicas).slice(0, 4);
  for (const hours of random.shuffled([1, -1, 24, -24])) {
    for (const replica of replicas) await replica.setClock(hours * HOUR_MS * (0.5 + random.next() / 2));
    await pause(2_500, world.signal);
  }
  for (const replica of replicas) await replica.setClock(0);
}

async function rollingRestart(world: World, random: Random): Promise<void> {
  for (const service of random.shuffled([...SERVICES])) {
    for (const replica of world.fleet.of(service)) {
      const status = await replica.stop();
      await replica.start();
      if (status !== 0)
        throw new Error(`${replica.name} did not stop by itself within 30 s, or not cleanly (${status}): ${replica.output.slice(-500)}`);
    }
  }
}

export const processes = {
  'SIGSTOP past the lease': { inject: freezePastTheLease },
  'clock jumps': { inject: clockJumps },
  'rolling restart': { inject: rollingRestart },
} satisfies Record<string, Fault>;
