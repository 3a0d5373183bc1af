import { COPIES, comeToRest } from '../history.js';
import { times } from '../load/load.js';
import { atLeast, compare, takeTurns } from '../measure.js';
import { atTheDoor, type Contestant, mergeAndFinish, openOurs, sideBySide, supplementsTo, wholeWay } from '../stage/contestants.js';
import type { Deployment } from '../stage/deployment.js';
import type { Servers } from '../stage/servers.js';
import type { Row } from './row.js';

const LIVE_ORDERS = 5_000;
const ITEMS = 5;
const TURN_MS = 1_000;
/** Stored beside the live ones, three revisions each. */
const FEW = 5_000;
const MANY = 1_000_000;
const SUPPLEMENTS = 2;

/** The id of a copy: they come in the order of their keys, so that an index grows at its end. */
const COPY = `'${COPIES}' || lpad(n::text, 7, '0')`;

/** Where an order leaves rows, and by what they are told from those of another order. */
const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'order_service.product_order': { id: COPY, changed_at: `'2026-01-01'` },
  'order_service.order_version': {},
  'supp_service.order_line': { changed_at: `'2026-01-01'` },
  'supp_service.known_item': {},
  'supp_service.supplement': { id: `${COPY} || '-' || row.sequence` },
  'supp_service.audit': { id: '', supplement_id: `row.supplement_id || n` },
  'merger_worker.effective_order': {},
  'merger_worker.effective_attributes': {},
  'merger_worker.effective_item': {},
  'merger_worker.merge_input': {},
  'merger_worker.revision': {},
};

/** Takes a table's indexes from it but those of its keys. @returns what makes them again: to build them at once takes a fraction of growing them */
async function dropIndexes(deployment: Deployment, table: string): Promise<() => Promise<void>> {
  const indexes = await deployment.query<{ name: string; definition: string }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
       FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid WHERE i.indrelid = $1::regclass AND c.oid IS NULL`,
    [table],
  );
  for (const { name } of indexes) await deployment.query(`DROP INDEX ${name}`);
  return async () => {
    for (const { definition } of indexes) await deployment.query(definition);
  };
}

/** Copies every row of one order so many times, under other ids. */
async function copyOrder(deployment: Deployment, orderId: string, copies: number): Promise<void> {
  const copying = Object.entries(TABLES).map(async ([table, changes]) => {
    const makeIndexes = await dropIndexes(deployment, table);
    const rows = await deployment.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
      [table],
    );
    const names = rows.map(({ name }) => name);
    const expressions: Readonly<Record<string, string>> = { order_id: COPY, ...changes };
    // What is told to be nothing is left to the table.
    const columns = names.filter((name) => expressions[name] !== '');
    const key = names.includes('order_id') ? 'order_id' : 'id';
    await deployment.query(
      `INSERT INTO ${table} (${columns.join()})
       SELECT ${columns.map((name) => expressions[name] ?? `row.${name}`).join()}
         FROM ${table} AS row CROSS JOIN generate_series(1, $2::int) AS n WHERE row.${key} = $1`,
      [orderId, copies],
    );
    await makeIndexes();
    await deployment.query(`VACUUM ANALYZE ${table}`);
  });
  await Promise.all(copying);
}

/** A deployment that has stored so many orders before those that are live. */
async function openWith(servers: Servers, name: string, copies: number): Promise<Contestant> {
  const ours = await openOurs(servers, name);
  await ours.place(1, 1);
  const [first] = ours.orderIds.splice(0);
  await wholeWay(
    ours,
    TURN_MS,
    times(SUPPLEMENTS, () => ours.ledger.supplement(first as string, 1)),
  );
  // Its owners may hear of the merge after the consumer: what is copied before that would wait for its merge for ever.
  await comeToRest(ours.deployment);
  await copyOrder(ours.deployment, first as string, copies);
  await ours.place(LIVE_ORDERS, ITEMS);
  return ours;
}

/** The door and the whole way, beside a million orders with three million revisions and beside next to none. */
export const bigTables: Row = async ({ servers, tick }) => {
  const [few, many] = await Promise.all([openWith(servers, 'bench-few', FEW), openWith(servers, 'bench-many', MANY)]);
  tick(0.4);
  const next = { few: supplementsTo(few, ITEMS), many: supplementsTo(many, ITEMS) };
  const way = await takeTurns({ many: () => wholeWay(many, TURN_MS, next.many), few: () => wholeWay(few, TURN_MS, next.few) }, (done) =>
    tick(0.4 + 0.2 * done),
  );
  // What the doors take is merged when all of it is measured, by both at once.
  await sideBySide([few, many], ({ merger }) => merger.stop());
  const doors = await takeTurns({ many: () => atTheDoor(many, TURN_MS, next.many), few: () => atTheDoor(few, TURN_MS, next.few) }, (done) =>
    tick(0.6 + 0.2 * done),
  );
  await mergeAndFinish([few, many]);
  return [
    compare('big tables: accept, 3,000,000 revisions / 30,000', 'supplements/s', doors.many, doors.few, atLeast(0.8)),
    compare('big tables: end-to-end', 'supplements/s', way.many, way.few, atLeast(0.8)),
  ];
};
