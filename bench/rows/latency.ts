import type { ConsumeMessage } from 'amqplib';
import { atMost, compare, percentile, takeTurns } from '../measure.js';
import { aside, type Contestant, openDiy, openOurs, sideBySide, supplementsTo, wholeWay } from '../stage/contestants.js';
import type { Row } from './row.js';

const ORDERS = 1_000;
const ITEMS = 5;
/** What counts of a turn: so long that its 99th percentile is not its one longest pause. */
const TURN_MS = 5_000;
/** What does not, before it: whoever stood still for the other's turn finds every timer due and nothing in any cache. */
const LEAD_IN_MS = 1_000;
/** What the one-week way can do at most is measured for so long. */
const HIGHEST_MS = 6_000;

/** The supplement that a revision was made of. */
const causeOf = ({ content }: ConsumeMessage): string => (JSON.parse(content.toString()) as { cause?: { id: string } }).cause?.id ?? '';

/**
 * Supplements at fixed arrivals to orders picked in turn.
 * @param heard is told of every revision
 * @returns for each the milliseconds from the instant it was due until its revision was consumed
 */
export async function acceptToConsumed(
  contestant: Contestant,
  durationMs: number,
  perSecond: number,
  heard: (message: ConsumeMessage) => void = () => undefined,
): Promise<number[]> {
  const { door, consumer } = contestant;
  const next = supplementsTo(contestant, ITEMS);
  const due = new Map<string, number>();
  const consumed = new Map<string, number>();
  consumer.listen((message) => {
    consumed.set(causeOf(message), performance.now());
    heard(message);
  });
  await door.arrive(durationMs, perSecond, (at) => next((id) => due.set(id, at)));
  // Not counted in messages: one that was told twice, as after a kill, would stand for one that is still to come.
  while ([...due.keys()].some((id) => !consumed.has(id))) await consumer.another();
  consumer.listen(undefined);
  return [...due].map(([id, at]) => (consumed.get(id) ?? Number.POSITIVE_INFINITY) - at);
}

/** As `acceptToConsumed`, of a turn among others': of those that were due after its lead-in. */
export async function latencies(contestant: Contestant, perSecond: number): Promise<number[]> {
  const times = await acceptToConsumed(contestant, LEAD_IN_MS + TURN_MS, perSecond);
  return times.slice(Math.ceil((LEAD_IN_MS * perSecond) / 1_000));
}

/** From the instant a supplement is due to its revision at a consumer, at half of what the one-week way can do at most. */
export const latency: Row = async ({ servers, tick }) => {
  const ours = await openOurs(servers, 'bench-latency');
  const diy = await openDiy(servers, 'bench-latency-diy');
  await sideBySide([ours, diy], (contestant) => contestant.place(ORDERS, ITEMS));
  const highest = await aside([ours], () => wholeWay(diy, HIGHEST_MS, supplementsTo(diy, ITEMS)));
  // That warms the one-week way up; at so few a second it would take ours minutes.
  await aside([diy], () => wholeWay(ours, HIGHEST_MS, supplementsTo(ours, ITEMS)));
  const times = await takeTurns(
    {
      ours: () => aside([diy], () => latencies(ours, highest / 2)),
      diy: () => aside([ours], () => latencies(diy, highest / 2)),
    },
    tick,
  );
  await sideBySide([ours, diy], (contestant) => contestant.finish());
  const at = (share: number, rounds: readonly (readonly number[])[]): number[] => rounds.map((one) => percentile(one, share));
  return [
    compare('latency p50 / DIY', 'ms', at(0.5, times.ours), at(0.5, times.diy), atMost(0.5)),
    compare('latency p99 / DIY', 'ms', at(0.99, times.ours), at(0.99, times.diy), atMost(0.3)),
  ];
};
