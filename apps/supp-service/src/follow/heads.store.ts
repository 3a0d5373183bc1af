import type { EntityManager } from 'typeorm';
import type { DueDateNews, HeadNews, ItemNews, OutcomeNews } from '#contracts';
import { anyLength, booleanArray, byKey, intArray, jsonArray, sendAll, textArray } from '#messaging';
import { auditStatement } from '../audit/audit.store.js';
import { SCHEMA } from '../schema.js';

/** Moves heads forward, never back; in order id order, as every writer of `order_line` does. */
export async function advanceHeads(tx: EntityManager, heads: readonly HeadNews[]): Promise<void> {
  if (heads.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.order_line AS l (order_id, revision, state)
     SELECT order_id, revision, state FROM unnest($1::text[], $2::int[], $3::text[]) AS n(order_id, revision, state)
      ORDER BY order_id
     ON CONFLICT (order_id) DO UPDATE SET revision = excluded.revision, state = excluded.state
      WHERE l.revision < excluded.revision`,
    [textArray(heads.map((h) => h.orderId)), intArray(heads.map((h) => h.revision)), textArray(heads.map((h) => h.state))],
  );
}

export async function advanceItems(tx: EntityManager, items: readonly ItemNews[]): Promise<void> {
  if (items.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.known_item AS k (order_id, item_id, state, point_of_no_return, revision)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::int[]) AS n(order_id, item_id, s, p, r)
      ORDER BY order_id, item_id
     ON CONFLICT (order_id, item_id) DO UPDATE
       SET state = excluded.state, point_of_no_return = excluded.point_of_no_return, revision = excluded.revision
      WHERE k.revision < excluded.revision`,
    [
      textArray(items.map((i) => i.orderId)),
      textArray(items.map((i) => i.itemId)),
      textArray(items.map((i) => i.state)),
      booleanArray(items.map((i) => i.pointOfNoReturn)),
      intArray(items.map((i) => i.revision)),
    ],
  );
}

/** Moves due dates forward, never back; their orders' heads are there. */
export async function advanceDueDates(tx: EntityManager, dates: readonly DueDateNews[]): Promise<void> {
  if (dates.length === 0) return;
  await tx.query(
    `UPDATE ${SCHEMA}.order_line l SET due_date = n.due_date, due_date_revision = n.revision
       FROM unnest(${anyLength('$1')}, $2::text[], $3::int[]) AS n(order_id, due_date, revision)
      WHERE l.order_id = n.order_id AND l.due_date_revision < n.revision`,
    [textArray(dates.map((d) => d.orderId)), textArray(dates.map((d) => d.dueDate)), intArray(dates.map((d) => d.revision))],
  );
}

interface DoneRow {
  readonly id: string;
  readonly order_id: string;
  readonly sequence: number;
  readonly reverts: string | null;
  readonly state: string;
  readonly at: string;
}

/**
 * Records what became of accepted supplements, and of those that they take back. An outcome that is known already
 * stays, and so does the state of one that has entered the line again: a late outcome is that of an earlier entry. A
 * merge is written down in its revision, for ever; what is not merged, and what is undone, is audited here.
 */
export async function recordOutcomes(tx: EntityManager, outcomes: readonly OutcomeNews[]): Promise<void> {
  if (outcomes.length === 0) return;
  const done: DoneRow[] = await tx.query(
    `WITH done AS (
       UPDATE ${SCHEMA}.supplement s
          SET state = n.state, revision = n.revision, problems = n.problems::jsonb,
              charge = CASE WHEN n.state = 'rejected' AND s.charge->>'state' = 'open'
                            THEN s.charge || jsonb_build_object('state', 'void', 'at', n.at) ELSE s.charge END,
              due_at = CASE WHEN n.state = 'rejected' THEN NULL ELSE s.due_at END
         FROM unnest(${anyLength('$1')}, $2::int[], $3::text[], $4::int[], $5::json[], $6::text[])
           AS n(id, sequence, state, revision, problems, at)
        WHERE ${byKey('s.id', 'n.id')} AND s.sequence = n.sequence AND s.state = 'accepted'
       RETURNING s.id, s.submitted_at, s.order_id, s.sequence, s.reverts, s.state, n.at),
     gone AS (
       DELETE FROM ${SCHEMA}.awaiting_merge a USING done
        WHERE ${byKey('a.submitted_at', 'done.submitted_at')} AND ${byKey('a.id', 'done.id')})
     SELECT id, order_id, sequence, reverts, state, at FROM done`,
    [
      textArray(outcomes.map(({ id }) => id)),
      intArray(outcomes.map(({ sequence }) => sequence)),
      textArray(outcomes.map(({ state }) => state)),
      intArray(outcomes.map(({ revision }) => revision)),
      jsonArray(outcomes.map(({ problems }) => problems)),
      textArray(outcomes.map(({ at }) => at)),
    ],
  );
  const problemsOf = new Map(outcomes.map(({ id, problems }) => [id, problems]));
  const audit = auditStatement(
    done
      .filter(({ state }) => state !== 'merged')
      .map(({ id, order_id: orderId, sequence, state, at }) => ({
        at,
        by: 'merger-worker',
        action: `supplement.${state}`,
        orderId,
        supplementId: id,
        before: { state: 'accepted', sequence },
        after: { state },
        problems: problemsOf.get(id) ?? [],
      })),
  );
  await sendAll(tx, [audit]);
  await recordReverted(
    tx,
    done.flatMap(({ id, reverts, state, at }) => (state === 'merged' && reverts !== null ? [{ id, reverts, at }] : [])),
  );
}

/** Those that were taken back, by the ones that take them back. */
async function recordReverted(tx: EntityManager, reverting: readonly { id: string; reverts: string; at: string }[]): Promise<void> {
  if (reverting.length === 0) return;
  await tx.query(
    `WITH undone AS (
       UPDATE ${SCHEMA}.supplement s SET state = 'reverted', reverted_by = n.id
         FROM json_to_recordset($1::json) AS n(id text, reverts text, at text)
        WHERE ${byKey('s.id', 'n.reverts')} AND s.state = 'merged'
       RETURNING s.id, s.order_id, s.reverted_by, n.at)
     INSERT INTO ${SCHEMA}.audit (at, by, action, order_id, supplement_id, detail)
     SELECT at::timestamptz, 'merger-worker', 'supplement.reverted', order_id, id,
            json_build_object('before', json_build_object('state', 'merged'),
                              'after', json_build_object('state', 'reverted', 'revertedBy', reverted_by))
       FROM undone`,
    [JSON.stringify(reverting)],
  );
}
