import { amendItem, type LivingOrder } from '../load/bodies.js';
import { isMerged } from '../probes.js';
import type { Random } from '../random.js';
import { pause, TooLateError, until } from '../waiting.js';
import { atFrame, type Fault, type World } from './fault.js';

/** Less than the services bear silence of PostgreSQL (6 s). */
const STALL_MS = 4_000;

/**
 * A merger that has read an order and decided stands still before it writes, loses the broker meanwhile, and goes on
 * when another merger has taken its place: only what the database holds against it keeps it from writing what is old.
 * What it has decided makes no revision, and nothing else is in its batch, so that no key of the revisions stands in for
 * lock and fence.
 */
function stall(world: World, random: Random): Promise<void> {
  return world.load.quietly(async () => {
    await isAllTaken(world);
    await stallAlone(world, random);
  });
}

async function stallAlone(world: World, random: Random): Promise<void> {
  const order = random.pick(world.probes);
  await isMerged(world, await submit(world, random, order, 'first'));
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stalled = atFrame(
    world,
    world.fleet.of('merger-worker'),
    'the write of a merge',
    // What it reads by are ids; a document beside one is written.
    ({ wire, way, frame }) =>
      wire === 'pg' && way === 'toServer' && frame.type === 'B' && frame.body.includes(order.id) && frame.body.includes('{"'),
    (replica) => {
      replica.broker.refuse();
      return released;
    },
  );
  const [replica] = await Promise.all([stalled, submit(world, random, order, 'held')]);
  try {
    const next = await submit(world, random, order, 'next');
    // Without the lock it is merged at once, with it only when the one that stalls is through.
    await until('the other merger', STALL_MS, world.signal, () => isTaken(world, order, next)).catch((error) => {
      if (!(error instanceof TooLateError)) throw error;
    });
  } finally {
    release();
    await pause(200, world.signal);
    replica.broker.resume();
  }
}

async function submit(world: World, random: Random, order: LivingOrder, what: 'first' | 'held' | 'next'): Promise<string> {
  const marker = `stall-${world.nextNumber()}`;
  const changes = amendItem('1', what === 'next' ? { [`c-${marker}`]: marker } : { floor: marker });
  const based = what === 'held' ? { basedOnRevision: 1, onConflict: 'hold' } : {};
  const { told } = await world.requests.supplement(random, order, marker, { category: 'technicalDetail', changes, ...based });
  if (told === undefined) throw new Error(`supplement ${marker} was not accepted`);
  return told;
}

/** Asked of the database: the relay of the merger that stalls may be the one that would tell. */
async function isTaken({ postgres }: World, order: LivingOrder, id: string): Promise<boolean> {
  const rows = await postgres.query(
    `SELECT 1 FROM merger_worker.merge_input WHERE order_id = $1 AND line = 'supplement' AND input->>'id' = $2 AND ordinal IS NOT NULL`,
    [order.id, id],
  );
  return rows.length > 0;
}

function isAllTaken({ postgres, signal }: World): Promise<true> {
  const sql = `SELECT (SELECT count(*) FROM order_service.outbox) + (SELECT count(*) FROM supp_service.outbox)
      + (SELECT count(*) FROM supp_service.supplement WHERE state = 'accepted')
      + (SELECT count(*) FROM order_service.order_version WHERE revision IS NULL) AS left`;
  return until('everything to be merged', 60_000, signal, async () => (await postgres.query<{ left: string }>(sql))[0]?.left === '0');
}

export const stalls = { 'merger stalls in its transaction': { inject: stall } } satisfies Record<string, Fault>;
