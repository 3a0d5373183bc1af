import { Callers } from '../load/load.js';
import { Ledger } from '../load/requests.js';
import { atLeast, compare, ROUNDS, takeTurns } from '../measure.js';
import { alone, atTheDoor, type Contestant, mergeAndFinish, openBare, openOurs, sideBySide } from '../stage/contestants.js';
import { openPlain } from '../stage/plain.js';
import type { Row } from './row.js';

const ITEMS = 5;
const TURN_MS = 1_000;
/** Before its sixth second of load order-service takes half as much again for an order: V8 is compiling. */
const COLD_ROUNDS = 5;

/** Orders accepted a second, against a server that stores nothing. */
export const orderCreate: Row = async ({ servers, tick }) => {
  const plain = await openPlain(servers, 'bench-order-plain');
  const ours = await openOurs(servers, 'bench-order');
  const bare = await openBare(servers, 'bench-order-bare');
  const all = [ours, bare];
  await sideBySide(all, ({ merger }) => merger.stop());
  const door = (contestant: Contestant, service: string): (() => Promise<number>) => {
    const callers = new Callers(contestant.deployment.service(service).port);
    return () => alone(all, contestant, () => atTheDoor(contestant, TURN_MS, () => contestant.ledger.order(ITEMS), callers));
  };
  const forNothing = new Ledger();
  const measured = await takeTurns(
    {
      plain: () => alone(all, undefined, () => plain.callers.ask(TURN_MS, () => forNothing.order(ITEMS))),
      ours: door(ours, 'order-service'),
      bare: door(bare, 'bare-door'),
    },
    tick,
    ROUNDS,
    COLD_ROUNDS,
  );
  await mergeAndFinish(all);
  await plain.close();
  return [compare('order-create / plain', 'orders/s', measured.ours, measured.plain, atLeast(0.5), measured.bare)];
};
