import type { EntityManager } from 'typeorm';
import type { HeadNews, ItemNews } from '#contracts';
import { SCHEMA } from '../schema.js';
import type { OutcomeNews } from './news.js';

/** Moves heads forward, never back; in order id order, as every writer of `order_line` does. */
export async function advanceHeads(tx: EntityManager, heads: readonly HeadNews[]): Promise<void> {
  if (heads.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.order_line AS l (order_id, revision, state)
     SELECT order_id, revision, state FROM unnest($1::text[], $2::int[], $3::text[]) AS n(order_id, revision, state)
      ORDER BY order_id
     ON CONFLICT (order_id) DO UPDATE SET revision = excluded.revision, state = excluded.state
      WHERE l.revision < excluded.revision`,
    [heads.map((h) => h.orderId), heads.map((h) => h.revision), heads.map((h) => h.state)],
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
      items.map((i) => i.orderId),
      items.map((i) => i.itemId),
      items.map((i) => i.state),
      items.map((i) => i.pointOfNoReturn),
      items.map((i) => i.revision),
    ],
  );
}

/** Records what became of accepted supplements; an outcome that is known already stays. */
export async function recordOutcomes(tx: EntityManager, outcomes: readonly OutcomeNews[]): Promise<void> {
  if (outcomes.length === 0) return;
  await tx.query(
    `UPDATE ${SCHEMA}.supplement s SET state = n.state, revision = n.revision, problems = n.problems
       FROM jsonb_to_recordset($1::jsonb) AS n(id text, state text, revision int, problems jsonb)
      WHERE s.id = n.id AND s.state = 'accepted'`,
    [JSON.stringify(outcomes)],
  );
}
