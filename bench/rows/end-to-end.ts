import { atLeast, compare, takeTurns } from '../measure.js';
import { aside, openDiy, openOurs, sideBySide, supplementsTo, wholeWay } from '../stage/contestants.js';
import type { Row } from './row.js';

const ORDERS = 5_000;
const DIY_ORDERS = 1_000;
const ITEMS = 5;
/** All rounds of it are the minute that a pace is to be kept up. */
const TURN_MS = 7_000;
/** What it takes in that, it merges in four times as long. */
const DIY_TURN_MS = 2_000;

/** The whole way: accepted, merged, published and consumed, everything on this machine. */
export const endToEnd: Row = async ({ servers, tick }) => {
  const ours = await openOurs(servers, 'bench-whole');
  const diy = await openDiy(servers, 'bench-whole-diy');
  await sideBySide([ours, diy], (contestant) => contestant.place(contestant === ours ? ORDERS : DIY_ORDERS, ITEMS));
  const next = { ours: supplementsTo(ours, ITEMS), diy: supplementsTo(diy, ITEMS) };
  const measured = await takeTurns(
    {
      ours: () => aside([diy], () => wholeWay(ours, TURN_MS, next.ours)),
      diy: () => aside([ours], () => wholeWay(diy, DIY_TURN_MS, next.diy)),
    },
    tick,
  );
  await sideBySide([ours, diy], (contestant) => contestant.finish());
  return [compare('end-to-end / DIY', 'supplements/s', measured.ours, measured.diy, atLeast(8))];
};
