import { httpRequest } from '../load/http-connection.js';
import { Callers, times } from '../load/load.js';
import { atLeast, atMost, compare, takeTurns } from '../measure.js';
import { openOurs, wholeWay } from '../stage/contestants.js';
import { openPlain } from '../stage/plain.js';
import type { Row } from './row.js';

const ITEMS = 20;
const ORDERS = 1_000;
const REVISIONS = 1_000;
const TURN_MS = 1_000;

/** Effective orders read by id, against a server that has one at hand, and as of any revision against the latest. */
export const reads: Row = async ({ servers, tick }) => {
  const plain = await openPlain(servers, 'bench-reads-plain');
  const ours = await openOurs(servers, 'bench-reads');
  await ours.place(ORDERS, ITEMS);
  const long = ours.orderIds[0] as string;
  await wholeWay(
    ours,
    60_000,
    times(REVISIONS - 1, () => ours.ledger.supplement(long, ITEMS)),
  );
  const callers = new Callers(ours.merger.port);
  // Alone: of many that ask for the same order at once, those that want the latest share one reading of it.
  const alone = new Callers(ours.merger.port, 1);
  let turn = 0;
  const read = (who: Callers, path: () => string): Promise<number> =>
    who.ask(TURN_MS, () => {
      turn += 1;
      return {
        request: httpRequest('GET', path()),
        answered: ({ status, body }) => {
          if (status !== 200) throw new Error(`a read was answered ${status}: ${body.toString()}`);
        },
      };
    });
  const someOrder = (): string => `/effective-orders/${ours.orderIds[turn % ORDERS]}`;
  const measured = await takeTurns(
    {
      plain: () => read(plain.callers, someOrder),
      ours: () => read(callers, someOrder),
      latest: () => read(alone, () => `/effective-orders/${long}`),
      // 7 and 1,000 have no common factor: every revision comes up.
      any: () => read(alone, () => `/effective-orders/${long}?revision=${1 + ((turn * 7) % REVISIONS)}`),
    },
    tick,
  );
  await ours.finish();
  await plain.close();
  const eachMs = (rates: readonly number[]): number[] => rates.map((rate) => 1_000 / rate);
  return [
    compare('read by id / plain', 'reads/s', measured.ours, measured.plain, atLeast(0.5)),
    compare('read ?revision= / latest', 'ms each', eachMs(measured.any), eachMs(measured.latest), atMost(3)),
  ];
};
