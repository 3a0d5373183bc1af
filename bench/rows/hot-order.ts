import { atLeast, compare, takeTurns } from '../measure.js';
import { openOurs, supplementsTo, wholeWay } from '../stage/contestants.js';
import type { Row } from './row.js';

const ORDERS = 1_000;
const ITEMS = 5;
const TURN_MS = 2_500;

/** One order takes every supplement, against as many orders as there are. */
export const hotOrder: Row = async ({ servers, tick }) => {
  const ours = await openOurs(servers, 'bench-hot');
  await ours.place(ORDERS, ITEMS);
  const many = supplementsTo(ours, ITEMS);
  const hot = ours.orderIds[0] as string;
  const measured = await takeTurns(
    {
      hot: () => wholeWay(ours, TURN_MS, () => ours.ledger.supplement(hot, ITEMS)),
      many: () => wholeWay(ours, TURN_MS, many),
    },
    tick,
  );
  await ours.finish();
  return [compare('hot order / many orders', 'supplements/s', measured.hot, measured.many, atLeast(0.5))];
};
