import { Ledger } from './load/requests.js';
import { atLeast, compare, type Result, takeTurns } from './measure.js';
import { openBare, openDiy, openOurs, supplementsTo, wholeWay } from './stage/contestants.js';
import { openPlain } from './stage/plain.js';
import type { Servers } from './stage/servers.js';

const ORDERS = 1_000;
const ITEMS = 5;
const DOOR_MS = 2_000;
const WAY_MS = 6_000;

/**
 * What the ratios of `accept` and `end-to-end` can come to at most on this machine: those of a door, a merger and a
 * follower that do nothing but store and publish, beside ours.
 */
export async function floor(servers: Servers, tick: (done: number) => void): Promise<readonly Result[]> {
  const plain = await openPlain(servers, 'bench-floor-plain');
  const contestants = {
    bare: await openBare(servers, 'bench-floor-bare'),
    ours: await openOurs(servers, 'bench-floor'),
    diy: await openDiy(servers, 'bench-floor-diy'),
  };
  const { bare, ours, diy } = contestants;
  for (const contestant of Object.values(contestants)) await contestant.place(ORDERS, ITEMS);
  const next = { bare: supplementsTo(bare, ITEMS), ours: supplementsTo(ours, ITEMS), diy: supplementsTo(diy, ITEMS) };
  const way = await takeTurns(
    {
      bare: () => wholeWay(bare, WAY_MS, next.bare),
      ours: () => wholeWay(ours, WAY_MS, next.ours),
      diy: () => wholeWay(diy, WAY_MS, next.diy),
    },
    (done) => tick(0.6 * done),
  );
  for (const contestant of [bare, ours]) await contestant.merger.stop();
  const forNothing = new Ledger();
  const door = async (name: 'bare' | 'ours'): Promise<number> => {
    const rate = await contestants[name].door.ask(DOOR_MS, next[name]);
    await contestants[name].published();
    return rate;
  };
  const doors = await takeTurns(
    {
      plain: () => plain.callers.ask(DOOR_MS, () => forNothing.supplement(ours.orderIds[0] as string, ITEMS)),
      bare: () => door('bare'),
      ours: () => door('ours'),
    },
    (done) => tick(0.6 + 0.4 * done),
  );
  for (const contestant of [bare, ours]) await contestant.merger.start();
  for (const contestant of Object.values(contestants)) await contestant.finish();
  await plain.close();
  return [
    compare('accept, bare / plain', 'supplements/s', doors.bare, doors.plain, atLeast(0.7)),
    compare('accept, ours / bare', 'supplements/s', doors.ours, doors.bare, atLeast(0)),
    compare('end-to-end, bare / DIY', 'supplements/s', way.bare, way.diy, atLeast(8)),
    compare('end-to-end, ours / bare', 'supplements/s', way.ours, way.bare, atLeast(0)),
  ];
}
