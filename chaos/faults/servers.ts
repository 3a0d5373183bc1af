import type { Random } from '../random.js';
import { PREFIX } from '../services/fleet.js';
import { pause, until } from '../waiting.js';
import type { Fault, World } from './fault.js';

const ALARM_MS = 6_000;
/** Longer than the services bear silence of PostgreSQL (6 s). */
const LONG_LOCK_MS = 8_000;
const LOCKED = [
  ['order_service.product_order', 'id'],
  ['supp_service.order_line', 'order_id'],
  ['merger_worker.effective_order', 'order_id'],
] as const;

/** The node that leads a queue of the merger dies and comes back. */
async function killNode({ rabbit }: World): Promise<void> {
  const leader = (await rabbit.queues()).find(({ name }) => name.startsWith(`${PREFIX}merger.`))?.leader;
  const node = rabbit.nodes.find(({ name }) => name === leader) ?? rabbit.alive;
  await node.kill();
  await node.start();
}

async function restartBroker({ rabbit }: World): Promise<void> {
  await Promise.all(rabbit.nodes.map((node) => node.stop()));
  await Promise.all(rabbit.nodes.map((node) => node.start()));
}

async function memoryAlarm({ rabbit, signal }: World, random: Random): Promise<void> {
  const node = random.pick(rabbit.nodes);
  await node.control('set_vm_memory_high_watermark', '0.00001');
  try {
    await pause(ALARM_MS, signal);
  } finally {
    await node.control('set_vm_memory_high_watermark', '0.4');
  }
}

async function killPostgres({ postgres, signal }: World): Promise<void> {
  await postgres.kill();
  await pause(1_000, signal);
  await postgres.start();
}

/** A rival that locks orders in the other order, until PostgreSQL has ended a deadlock by a victim. */
async function deadlock(world: World, random: Random): Promise<void> {
  const deadlocks = async (): Promise<number> => {
    const rows = await world.postgres.query<{ count: string }>(`SELECT sum(deadlocks) AS count FROM pg_stat_database`);
    return Number(rows[0]?.count ?? 0);
  };
  const before = await deadlocks();
  await until('a deadlock', 60_000, world.signal, async () => {
    await lockBackwards(world, random);
    return (await deadlocks()) > before;
  });
}

async function lockBackwards(world: World, random: Random): Promise<void> {
  const [table, id] = random.pick(LOCKED);
  const orders = world.load.orders
    .map((order) => order.id)
    .sort()
    .reverse();
  const rival = await world.postgres.session();
  try {
    await rival.query(`BEGIN; SET LOCAL deadlock_timeout = '5s'`);
    for (const order of orders) {
      await rival.query(`SELECT 1 FROM ${table} WHERE ${id} = $1 FOR UPDATE`, [order]);
      await pause(40, world.signal);
    }
    await rival.query('COMMIT');
  } catch {
    // The rival was the victim.
  } finally {
    await rival.end();
  }
}

/** Every session of the services is ended, in the middle of whatever it does, some times over. */
async function terminateSessions({ postgres, signal }: World): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await pause(700, signal);
  }
}

async function longLock(world: World): Promise<void> {
  const rival = await world.postgres.session();
  const orders = world.load.orders.map((order) => order.id);
  try {
    await rival.query('BEGIN');
    for (const [table, id] of LOCKED) await rival.query(`SELECT 1 FROM ${table} WHERE ${id} = ANY($1) ORDER BY ${id} FOR UPDATE`, [orders]);
    await pause(LONG_LOCK_MS, world.signal);
    await rival.query('COMMIT');
  } finally {
    await rival.end();
  }
}

export const servers = {
  'broker node kill -9': { inject: killNode },
  'whole broker restart': { inject: restartBroker },
  'memory alarm': { inject: memoryAlarm },
  'PostgreSQL kill -9': { inject: killPostgres },
  deadlock: { inject: deadlock },
  'sessions terminated': { inject: terminateSessions },
  'long lock': { inject: longLock },
} satisfies Record<string, Fault>;
