import { Callers } from './load/load.js';
import { openOurs, supplementsTo, wholeWay } from './stage/contestants.js';
import { cpuEach, cpuUsed } from './stage/cpu.js';
import type { Deployment } from './stage/deployment.js';
import type { Servers } from './stage/servers.js';

const ORDERS = 5_000;
const ITEMS = 5;
const WARM_UP_MS = 5_000;
const RUN_MS = 10_000;
const STATEMENTS = 16;

/** What one supplement costs, in µs of CPU of every process: on the whole way, and at the door; and an order at its own. */
export async function budget(servers: Servers, say: (line: string) => void): Promise<void> {
  const ours = await openOurs(servers, 'bench-budget');
  await ours.deployment.query('CREATE EXTENSION pg_stat_statements');
  await ours.place(ORDERS, ITEMS);
  const next = supplementsTo(ours, ITEMS);
  const { deployment, door, ledger } = ours;
  const measured = async (what: string, run: (ms: number) => Promise<number>): Promise<void> => {
    await run(WARM_UP_MS);
    await deployment.query('SELECT pg_stat_statements_reset()');
    const [before, accepted] = [cpuUsed(deployment), ledger.accepted];
    const rate = await run(RUN_MS);
    const each = cpuEach(before, cpuUsed(deployment), ledger.accepted - accepted);
    const all = Object.values(each).reduce((sum, one) => sum + one, 0);
    say(`${what}: ${Math.round(rate)} a second, ${all} µs of CPU each`);
    for (const [name, us] of Object.entries(each)) say(`  ${name.padEnd(16)} ${String(us).padStart(6)} µs`);
    await sayStatements(deployment, ledger.accepted - accepted, say);
  };
  await measured('the whole way', (ms) => wholeWay(ours, ms, next));
  await ours.merger.stop();
  await measured('at the door', (ms) => door.ask(ms, next));
  await ours.published();
  const orders = new Callers(deployment.service('order-service').port);
  await measured('an order of 5 items', (ms) => orders.ask(ms, () => ledger.order(ITEMS)));
  await ours.published();
  await ours.merger.start();
  await ours.finish();
}

/** The statements that take most of PostgreSQL's time. */
async function sayStatements(deployment: Deployment, count: number, say: (line: string) => void): Promise<void> {
  const rows = await deployment.query<{ calls: string; rows: string; us: number; planned: number; query: string }>(
    `SELECT calls, rows, 1000 * total_exec_time AS us, 1000 * total_plan_time AS planned, regexp_replace(query, '\\s+', ' ', 'g') AS query
       FROM pg_stat_statements ORDER BY total_exec_time + total_plan_time DESC LIMIT $1`,
    [STATEMENTS],
  );
  say('     µs each  planning     calls  rows a call');
  for (const { calls, rows: found, us, planned, query } of rows) {
    const figures = [(us / count).toFixed(0).padStart(12), (planned / count).toFixed(0).padStart(9), calls.padStart(9)];
    say(`${figures.join(' ')} ${(Number(found) / Number(calls)).toFixed(1).padStart(12)}  ${query.slice(0, 90)}`);
  }
}
