import { Callers } from '../load/load.js';
import { Ledger } from '../load/requests.js';
import { atLeast, compare, takeTurns } from '../measure.js';
import { aside, atTheDoor, openOurs } from '../stage/contestants.js';
import { openPlain } from '../stage/plain.js';
import type { Row } from './row.js';

const ITEMS = 5;
const TURN_MS = 2_000;

/** Orders accepted a second, against a server that stores nothing. */
export const orderCreate: Row = async ({ servers, tick }) => {
  const plain = await openPlain(servers, 'bench-order-plain');
  const ours = await openOurs(servers, 'bench-order');
  const callers = new Callers(ours.deployment.service('order-service').port);
  await ours.merger.stop();
  const forNothing = new Ledger();
  const measured = await takeTurns(
    {
      plain: () => aside([ours], () => plain.callers.ask(TURN_MS, () => forNothing.order(ITEMS))),
      ours: () => atTheDoor(ours, TURN_MS, () => ours.ledger.order(ITEMS), callers),
    },
    tick,
  );
  await ours.merger.start();
  await ours.finish();
  await plain.close();
  return [compare('order-create / plain', 'orders/s', measured.ours, measured.plain, atLeast(0.5))];
};
