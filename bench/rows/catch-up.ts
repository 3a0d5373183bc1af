import { times, type Work } from '../load/load.js';
import { atLeast, compare, takeTurns } from '../measure.js';
import { type Contestant, openOurs, supplementsTo, wholeWay } from '../stage/contestants.js';
import type { Row } from './row.js';

const ORDERS = 5_000;
const ITEMS = 5;
const PILE = 50_000;
/** Of the round that does not count. */
const FIRST_PILE = 10_000;
const TURN_MS = 4_000;
/** A pile takes its time. */
const PILES = 5;
const FOR_EVER_MS = 600_000;

/** Lets supplements pile up while no merger runs. @returns how many a second are merged and consumed once it is back */
export async function catchUp(contestant: Contestant, next: () => Work, pile = PILE): Promise<number> {
  const { merger, door, consumer, ledger } = contestant;
  await merger.stop();
  const [before, accepted] = [consumer.messages.length, ledger.accepted];
  await door.ask(FOR_EVER_MS, times(pile, next));
  await contestant.published();
  let first = Number.NaN;
  consumer.listen(() => {
    if (Number.isNaN(first)) first = performance.now();
  });
  await merger.start();
  const count = ledger.accepted - accepted;
  await consumer.reached(before + count);
  consumer.listen(undefined);
  return (1_000 * count) / (performance.now() - first);
}

/** A pile of 50,000 after the merger was away, against the pace of the whole way. */
export const catchUpRow: Row = async ({ servers, tick }) => {
  const ours = await openOurs(servers, 'bench-catch-up');
  await ours.place(ORDERS, ITEMS);
  const next = supplementsTo(ours, ITEMS);
  const smaller = [FIRST_PILE];
  const measured = await takeTurns(
    {
      whole: () => wholeWay(ours, TURN_MS, next),
      pile: () => catchUp(ours, next, smaller.pop()),
    },
    tick,
    PILES,
  );
  await ours.finish();
  return [compare('catch-up / end-to-end', 'supplements/s', measured.pile, measured.whole, atLeast(1.5))];
};
