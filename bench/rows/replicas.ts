import { shardOf } from '#messaging';
import { pause } from '../../chaos/waiting.js';
import { atLeast, compare, hold, takeTurns } from '../measure.js';
import { openOurs, supplementsTo, wholeWay } from '../stage/contestants.js';
import { acceptToConsumed } from './latency.js';
import type { Row } from './row.js';

const ORDERS = 1_000;
const ITEMS = 5;
const SHARDS = 8;
const TURN_MS = 2_000;
const KILL_RUN_MS = 20_000;
const KILL_AFTER_MS = 8_000;
/** A pace at which nobody waits but for the hand-over. */
const PER_SECOND = 300;
const MOST_SECONDS = 5;

/** Two mergers on one machine: their pace against one, and what waits when one of them is killed. */
export const replicas: Row = async ({ servers, tick }) => {
  const ours = await openOurs(servers, 'bench-replicas');
  await ours.place(ORDERS, ITEMS);
  const next = supplementsTo(ours, ITEMS);
  const second = await ours.deployment.process('merger-worker 2', 'apps/merger-worker/src/main.js');
  const measured = await takeTurns(
    {
      two: () => wholeWay(ours, TURN_MS, next),
      one: async () => {
        await second.stop();
        const rate = await wholeWay(ours, TURN_MS, next);
        await second.start();
        return rate;
      },
    },
    (done) => tick(0.7 * done),
  );
  const lastOf = new Map<number, number>();
  let killedAt = Number.POSITIVE_INFINITY;
  let longest = 0;
  const kill = async (): Promise<void> => {
    await pause(KILL_AFTER_MS, servers.signal);
    killedAt = performance.now();
    for (let shard = 0; shard < SHARDS; shard += 1) lastOf.set(shard, killedAt);
    await ours.merger.kill();
  };
  const heard = (orderId: string): void => {
    const now = performance.now();
    if (now < killedAt) return;
    const shard = shardOf(orderId, SHARDS);
    longest = Math.max(longest, now - (lastOf.get(shard) ?? now));
    lastOf.set(shard, now);
  };
  const killing = kill();
  const times = await acceptToConsumed(ours, KILL_RUN_MS, PER_SECOND, ({ properties }) =>
    heard(String(properties.headers?.['cloudEvents:subject'])),
  );
  await killing;
  await ours.merger.start();
  await ours.finish();
  return [
    compare('replicas: two mergers / one', 'supplements/s', measured.two, measured.one, atLeast(0.8)),
    hold('replicas: longest silence of a shard after a kill', 's', longest / 1_000, MOST_SECONDS),
    hold('replicas: slowest supplement around it', 's', Math.max(...times) / 1_000, MOST_SECONDS),
  ];
};
