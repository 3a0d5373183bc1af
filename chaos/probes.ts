import { shardOf } from '#messaging';
import { amendItem, type LivingOrder } from './load/bodies.js';
import type { Requests } from './load/requests.js';
import type { Random } from './random.js';
import { SHARDS } from './services/fleet.js';
import { until } from './waiting.js';

/** Longest that a run may take to be as before once a fault is lifted. */
export const RECOVERY_LIMIT_MS = 90_000;

interface Asking {
  readonly requests: Requests;
  readonly signal: AbortSignal;
}

/** What became of a supplement, as its owner says just now. */
export async function outcomeOf({ requests }: Asking, id: string): Promise<string | undefined> {
  const answer = await requests.client.ask({ service: 'supp-service', method: 'GET', path: `/supplements/${id}` });
  return answer.status === 200 ? String(answer.body.state) : undefined;
}

export function isMerged(world: Asking, id: string, timeoutMs = 60_000): Promise<true> {
  return until(`supplement ${id} to be merged`, timeoutMs, world.signal, async () => (await outcomeOf(world, id)) === 'merged', 50);
}

/** One order of every shard, for probing. */
export async function probeOrders(requests: Requests): Promise<LivingOrder[]> {
  const byShard = new Map<number, LivingOrder>();
  for (let n = 1; byShard.size < SHARDS && n < 1_000; n += 1) {
    const order = await requests.order(`probe-order-${n}`);
    if (order !== undefined) byShard.set(shardOf(order.id, SHARDS), order);
  }
  return [...byShard.values()];
}

/** Submits a supplement to every shard. @returns milliseconds until all of them were accepted and merged */
export async function probe(world: Asking & { readonly probes: readonly LivingOrder[] }, random: Random, name: string): Promise<number> {
  const began = Date.now();
  const submitAndWait = async (order: LivingOrder, shard: number): Promise<void> => {
    const marker = `${name}-${shard}`;
    const body = { category: 'technicalDetail', changes: amendItem('2', { [`c-${marker}`]: marker }) };
    const { told } = await world.requests.supplement(random.fork(marker), order, marker, body);
    if (told === undefined) throw new Error(`the probe ${marker} was not accepted`);
    await isMerged(world, told, RECOVERY_LIMIT_MS);
  };
  await Promise.all(world.probes.map(submitAndWait));
  return Date.now() - began;
}
