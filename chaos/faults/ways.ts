import type { Random } from '../random.js';
import { SERVICES } from '../services/replica.js';
import { pause } from '../waiting.js';
import { atFrame, type Fault, type World } from './fault.js';
import { isCommitted, isConfirm, isPublish } from './kills.js';

const TIMES = 3;
/** Longer than the services bear silence of PostgreSQL (6 s). */
const HALF_OPEN_MS = 10_000;

/** The connection is lost just as this comes by, and this with it: an answer that the server gave, or what it was to be given. */
const lost = (what: string, sees: typeof isConfirm): Fault => ({
  inject: async (world, random) => {
    for (const service of random.shuffled([...SERVICES]).slice(0, TIMES)) {
      await atFrame(world, world.fleet.of(service), `${service}: ${what}`, sees, (_replica, { connection }) => {
        connection.reset();
        return 'cut';
      });
    }
  },
});

async function halfOpen(world: World, random: Random): Promise<void> {
  const replica = random.pick(world.fleet.replicas);
  const ways = random.pick([[replica.postgres], [replica.broker], [replica.postgres, replica.broker]]);
  for (const way of ways) way.blackHole();
  await pause(HALF_OPEN_MS, world.signal);
  for (const way of ways) way.resume();
}

export const ways = {
  'COMMIT reply lost': lost('COMMIT reply', isCommitted),
  'confirm lost': lost('confirm', isConfirm),
  'publish lost': lost('publish', isPublish),
  'half-open sockets': { inject: halfOpen },
} satisfies Record<string, Fault>;
