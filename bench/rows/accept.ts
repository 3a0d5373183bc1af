import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../chaos/servers/programs.js';
import { Ledger } from '../load/requests.js';
import { atLeast, COLD_ROUNDS, compare, ROUNDS, takeTurns } from '../measure.js';
import { alone, atTheDoor, mergeAndFinish, openBare, openDiy, openOurs, sideBySide, supplementsTo } from '../stage/contestants.js';
import { Deployment } from '../stage/deployment.js';
import { openPlain } from '../stage/plain.js';
import type { Servers } from '../stage/servers.js';
import type { Row } from './row.js';

const ORDERS = 5_000;
/** Its merger takes a minute for as many as ours; of ours at the door either number gives the same rate. */
const DIY_ORDERS = 1_000;
const ITEMS = 5;
const TURN_SECONDS = 1;
const PGBENCH_CLIENTS = 32;
/** The script is read from where it was written: it is not built. */
const SCRIPT = fileURLToPath(new URL('../../../bench/baselines/pgbench/accept.sql', import.meta.url));

/** Our tables with the same orders in them, for the same statements. @returns transactions a second */
async function openPgbench(servers: Servers): Promise<{ run: () => Promise<number>; close: () => Promise<void> }> {
  const deployment = await Deployment.open(servers, 'bench-pgbench');
  await deployment.ours('supp-service');
  await deployment.service('supp-service').stop();
  await deployment.query(`INSERT INTO supp_service.order_line (order_id) SELECT 'order-' || n FROM generate_series(1, $1::int) AS n`, [
    ORDERS,
  ]);
  await deployment.query(
    `INSERT INTO supp_service.known_item (order_id, item_id, state, point_of_no_return, revision)
     SELECT 'order-' || n, item::text, 'acknowledged', false, 1 FROM generate_series(1, $1::int) AS n, generate_series(1, $2::int) AS item`,
    [ORDERS, ITEMS],
  );
  const { postgres } = servers;
  const args = ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'postgres', '-n', '-M', 'prepared', '-j', '2'];
  const run = async (): Promise<number> => {
    const said = await runProgram(join(postgres.bin, 'pgbench'), [
      ...args,
      ...['-c', String(PGBENCH_CLIENTS), '-T', String(TURN_SECONDS), '-f', SCRIPT, deployment.name],
    ]);
    await deployment.query('DELETE FROM supp_service.outbox');
    return Number(/tps = ([\d.]+)/.exec(said)?.[1]);
  };
  return { run, close: () => deployment.close() };
}

/** Supplements accepted a second: against a server that stores nothing, the one-week way, and PostgreSQL alone. */
export const accept: Row = async ({ servers, tick }) => {
  const plain = await openPlain(servers, 'bench-accept-plain');
  const pgbench = await openPgbench(servers);
  const ours = await openOurs(servers, 'bench-accept');
  const diy = await openDiy(servers, 'bench-accept-diy');
  const bare = await openBare(servers, 'bench-accept-bare');
  const all = [ours, diy, bare];
  await sideBySide(all, async (contestant) => {
    await contestant.place(contestant === diy ? DIY_ORDERS : ORDERS, ITEMS);
    // What is measured is the door; it has all of the machine, and merges its own afterwards.
    await contestant.merger.stop();
  });
  const next = { ours: supplementsTo(ours, ITEMS), diy: supplementsTo(diy, ITEMS), bare: supplementsTo(bare, ITEMS) };
  const forNothing = new Ledger();
  const [order] = ours.orderIds as [string];
  const measured = await takeTurns(
    {
      plain: () => alone(all, undefined, () => plain.callers.ask(1_000 * TURN_SECONDS, () => forNothing.supplement(order, ITEMS))),
      ours: () => alone(all, ours, () => atTheDoor(ours, 1_000 * TURN_SECONDS, next.ours)),
      bare: () => alone(all, bare, () => atTheDoor(bare, 1_000 * TURN_SECONDS, next.bare)),
      diy: () => alone(all, diy, () => atTheDoor(diy, 1_000 * TURN_SECONDS, next.diy)),
      pgbench: () => alone(all, undefined, pgbench.run),
    },
    tick,
    ROUNDS,
    COLD_ROUNDS,
  );
  await mergeAndFinish(all);
  await pgbench.close();
  await plain.close();
  return [
    compare('accept / plain', 'supplements/s', measured.ours, measured.plain, atLeast(0.7), measured.bare),
    compare('accept / DIY', 'supplements/s', measured.ours, measured.diy, atLeast(6), measured.bare),
    compare('accept / pgbench', 'supplements/s', measured.ours, measured.pgbench, atLeast(0.8), measured.bare),
  ];
};
