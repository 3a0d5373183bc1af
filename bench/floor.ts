import { Callers, type Work } from './load/load.js';
import { Ledger } from './load/requests.js';
import { atLeast, atMost, compare, median, percentile, type Result, takeTurns } from './measure.js';
import { latencies } from './rows/latency.js';
import { aside, atTheDoor, type Contestant, openBare, openDiy, openOurs, supplementsTo, wholeWay } from './stage/contestants.js';
import { openPlain } from './stage/plain.js';
import type { Servers } from './stage/servers.js';

const ORDERS = 1_000;
const ITEMS = 5;
const DOOR_MS = 2_000;
const WAY_MS = 6_000;

/**
 * What the ratios of `accept`, `order-create`, `end-to-end` and `latency` can come to at best on this machine: those of a door, a
 * merger and a follower that do nothing but store and publish, beside ours.
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
  const alone = <T>(mine: Contestant | undefined, turn: () => Promise<T>): Promise<T> =>
    aside(
      Object.values(contestants).filter((one) => one !== mine),
      turn,
    );
  const way = await takeTurns(
    {
      bare: () => alone(bare, () => wholeWay(bare, WAY_MS, next.bare)),
      ours: () => alone(ours, () => wholeWay(ours, WAY_MS, next.ours)),
      diy: () => alone(diy, () => wholeWay(diy, WAY_MS, next.diy)),
    },
    (done) => tick(0.3 * done),
  );
  const perSecond = median(way.diy) / 2;
  const tail = async (contestant: Contestant): Promise<number> =>
    percentile(await alone(contestant, () => latencies(contestant, perSecond)), 0.99);
  const tails = await takeTurns({ bare: () => tail(bare), ours: () => tail(ours), diy: () => tail(diy) }, (done) =>
    tick(0.3 + 0.35 * done),
  );
  for (const contestant of Object.values(contestants)) {
    // The bare one has no recovery: what it published and has not deleted when it ends would stay.
    await contestant.published();
    await contestant.merger.stop();
  }
  const forNothing = new Ledger();
  const door = (contestant: Contestant, callers: Callers, work: () => Work): Promise<number> =>
    alone(contestant, () => atTheDoor(contestant, DOOR_MS, work, callers));
  const orderDoors = {
    bare: new Callers(bare.deployment.service('bare-door').port),
    ours: new Callers(ours.deployment.service('order-service').port),
  };
  const doors = await takeTurns(
    {
      plain: () => alone(undefined, () => plain.callers.ask(DOOR_MS, () => forNothing.supplement(ours.orderIds[0] as string, ITEMS))),
      bare: () => door(bare, bare.door, next.bare),
      ours: () => door(ours, ours.door, next.ours),
      diy: () => door(diy, diy.door, next.diy),
      plainOrder: () => alone(undefined, () => plain.callers.ask(DOOR_MS, () => forNothing.order(ITEMS))),
      bareOrder: () => door(bare, orderDoors.bare, () => bare.ledger.order(ITEMS)),
      ourOrder: () => door(ours, orderDoors.ours, () => ours.ledger.order(ITEMS)),
    },
    (done) => tick(0.65 + 0.35 * done),
  );
  for (const contestant of Object.values(contestants)) {
    await contestant.merger.start();
    await contestant.finish();
  }
  await plain.close();
  return [
    compare('accept, bare / plain', 'supplements/s', doors.bare, doors.plain, atLeast(0.7)),
    compare('accept, bare / DIY', 'supplements/s', doors.bare, doors.diy, atLeast(6)),
    compare('accept, ours / bare', 'supplements/s', doors.ours, doors.bare, atLeast(0)),
    compare('order-create, bare / plain', 'orders/s', doors.bareOrder, doors.plainOrder, atLeast(0.5)),
    compare('order-create, ours / bare', 'orders/s', doors.ourOrder, doors.bareOrder, atLeast(0)),
    compare('end-to-end, bare / DIY', 'supplements/s', way.bare, way.diy, atLeast(8)),
    compare('end-to-end, ours / bare', 'supplements/s', way.ours, way.bare, atLeast(0)),
    compare('latency p99, bare / DIY', 'ms', tails.bare, tails.diy, atMost(0.3)),
    compare('latency p99, ours / DIY', 'ms', tails.ours, tails.diy, atMost(0.3)),
  ];
}
