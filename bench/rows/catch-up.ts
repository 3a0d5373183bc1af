import { times, type Work } from '../load/load.js';
import { atLeast, compare, takeTurns } from '../measure.js';
import { type Contestant, openOurs, supplementsTo, wholeWay } from '../stage/contestants.js';
import { memoryOf, watchMemory } from './memory.js';
import type { Row } from './row.js';

const ORDERS = 5_000;
const ITEMS = 5;
const PILE = 50_000;
const MINUTE_MS = 60_000;
/** The share of the row that it is. */
const MINUTE = 0.2;
const TURN_MS = 4_000;
/** A pile takes its time. */
const PILES = 5;
const FOR_EVER_MS = 600_000;

/** Lets supplements pile up while no merger runs. @returns how many a second are merged and consumed once it is back */
async function catchUp(contestant: Contestant, next: () => Work): Promise<number> {
  const { merger, door, consumer, ledger } = contestant;
  await merger.stop();
  const [before, accepted] = [consumer.messages.length, ledger.accepted];
  await door.ask(FOR_EVER_MS, times(PILE, next));
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

/**
 * A pile of 50,000 after the merger was away, against the pace of the whole way; and the memory of every service over a
 * minute of that, which warms everything up, and all of the catching up.
 */
export const catchUpRow: Row = async ({ servers, tick }) => {
  const ours = await openOurs(servers, 'bench-catch-up');
  await ours.place(ORDERS, ITEMS);
  const next = supplementsTo(ours, ITEMS);
  const { services } = ours.deployment;
  const minute = await watchMemory(services, () => wholeWay(ours, MINUTE_MS, next));
  tick(MINUTE);
  const { result: measured, samples } = await watchMemory(services, () =>
    takeTurns(
      { whole: () => wholeWay(ours, TURN_MS, next), pile: () => catchUp(ours, next) },
      (done) => tick(MINUTE + (1 - MINUTE) * done),
      PILES,
      0,
    ),
  );
  await ours.finish();
  return [
    compare('catch-up / end-to-end', 'supplements/s', measured.pile, measured.whole, atLeast(1.5)),
    ...memoryOf(services, minute.samples, samples),
  ];
};
