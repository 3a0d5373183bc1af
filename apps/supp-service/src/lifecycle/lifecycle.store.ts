import type { EntityManager } from 'typeorm';
import { byKey } from '#messaging';
import { SCHEMA } from '../schema.js';
import { dueOf, type Supplement } from '../supplement.js';
import { entryOf } from '../supplement-event.js';

/** The orders that these supplements belong to, by supplement; read without a lock, it never changes. */
export async function ordersOf(tx: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; order_id: string }[] = await tx.query(
    `SELECT id, order_id FROM ${SCHEMA}.supplement WHERE id = ANY($1::text[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.order_id]));
}

/** Writes supplements as their steps left them, and which of them wait for the merge now; the orders' lines are locked. */
export async function saveSupplements(tx: EntityManager, supplements: readonly Supplement[]): Promise<void> {
  if (supplements.length === 0) return;
  const rows = supplements.map((supplement) => {
    const { id, state, sequence, problems, request, approvals, charge, resolution } = supplement;
    const asked = approvals.length === 0 ? undefined : approvals;
    return { id, state, sequence, problems, request, approvals: asked, charge, resolution, due_at: dueOf(supplement) };
  });
  await tx.query(
    `WITH saved AS (
       UPDATE ${SCHEMA}.supplement s
          SET state = n.state, sequence = n.sequence, problems = n.problems, request = n.request, approvals = n.approvals,
              charge = n.charge, resolution = n.resolution, due_at = n.due_at
         FROM json_to_recordset($1::json) AS n(id text, state text, sequence int, problems jsonb, request json, approvals jsonb,
           charge jsonb, resolution jsonb, due_at timestamptz)
        WHERE ${byKey('s.id', 'n.id')}
       RETURNING s.state, s.submitted_at, s.id)
     INSERT INTO ${SCHEMA}.awaiting_merge (submitted_at, id) SELECT submitted_at, id FROM saved WHERE state = 'accepted'
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

/** Keeps the entries in the line that these supplements had and leave for a later one. */
export async function keepEntries(tx: EntityManager, supplements: readonly Supplement[]): Promise<void> {
  if (supplements.length === 0) return;
  const rows = supplements.map(entryOf).map((entry) => ({
    order_id: entry.orderId,
    sequence: entry.sequence,
    supplement_id: entry.id,
    entry,
  }));
  await tx.query(
    `INSERT INTO ${SCHEMA}.superseded_entry (order_id, sequence, supplement_id, entry)
     SELECT order_id, sequence, supplement_id, entry
       FROM json_to_recordset($1::json) AS r(order_id text, sequence int, supplement_id text, entry json)`,
    [JSON.stringify(rows)],
  );
}

/** Supplements of which something is due at this instant, the longest due first. */
export async function findDue(tx: EntityManager, at: string, limit: number): Promise<string[]> {
  const rows: { id: string }[] = await tx.query(
    `SELECT id FROM ${SCHEMA}.supplement WHERE due_at IS NOT NULL AND due_at <= $1::timestamptz ORDER BY due_at, id LIMIT $2`,
    [at, limit],
  );
  return rows.map(({ id }) => id);
}
