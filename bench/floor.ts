import { atLeast, atMost, compare, median, percentile, type Result, takeTurns } from './measure.js';
import { latencies } from './rows/latency.js';
import { alone, type Contestant, openBare, openDiy, openOurs, sideBySide, supplementsTo, wholeWay } from './stage/contestants.js';
import type { Servers } from './stage/servers.js';

const ORDERS = 1_000;
const ITEMS = 5;
const WAY_MS = 4_000;

/**
 * What the ratios of `end-to-end` and `latency` can come to at best on this machine: those of a door, a merger and a follower that
 * do nothing but store and publish, beside ours. The rows `accept` and `order-create` have the bare door in their own rounds.
 */
export async function floor(servers: Servers, tick: (done: number) => void): Promise<readonly Result[]> {
  const bare = await openBare(servers, 'bench-floor-bare');
  const ours = await openOurs(servers, 'bench-floor');
  const diy = await openDiy(servers, 'bench-floor-diy');
  const all = [bare, ours, diy];
  await sideBySide(all, (contestant) => contestant.place(ORDERS, ITEMS));
  const next = { bare: supplementsTo(bare, ITEMS), ours: supplementsTo(ours, ITEMS), diy: supplementsTo(diy, ITEMS) };
  const way = await takeTurns(
    {
      bare: () => alone(all, bare, () => wholeWay(bare, WAY_MS, next.bare)),
      ours: () => alone(all, ours, () => wholeWay(ours, WAY_MS, next.ours)),
      diy: () => alone(all, diy, () => wholeWay(diy, WAY_MS, next.diy)),
    },
    (done) => tick(0.5 * done),
  );
  const perSecond = median(way.diy) / 2;
  const tail = async (contestant: Contestant): Promise<number> =>
    percentile(await alone(all, contestant, () => latencies(contestant, perSecond)), 0.99);
  const tails = await takeTurns({ bare: () => tail(bare), ours: () => tail(ours), diy: () => tail(diy) }, (done) => tick(0.5 + 0.5 * done));
  await sideBySide(all, (contestant) => contestant.finish());
  return [
    compare('end-to-end, bare / DIY', 'supplements/s', way.bare, way.diy, atLeast(8)),
    compare('end-to-end, ours / bare', 'supplements/s', way.ours, way.bare, atLeast(0)),
    compare('latency p99, bare / DIY', 'ms', tails.bare, tails.diy, atMost(0.3)),
    compare('latency p99, ours / DIY', 'ms', tails.ours, tails.diy, atMost(0.3)),
  ];
}
