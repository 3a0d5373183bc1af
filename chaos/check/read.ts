import type pg from 'pg';
import type { JsonObject } from '#order-model';
import type { EffectiveRow, HeardRow, InputRow, RevisionRow, SupplementRow, VersionRow } from './evidence.js';

/** What the databases say, read in one snapshot. */
export interface Stored {
  readonly versions: VersionRow[];
  readonly supplements: SupplementRow[];
  readonly inputs: InputRow[];
  readonly revisions: RevisionRow[];
  readonly effective: EffectiveRow[];
  readonly heard: HeardRow[];
  readonly outboxes: Record<string, number>;
}

const SCHEMAS = ['order_service', 'supp_service', 'merger_worker'] as const;

/** Reads all ledgers. @param besides orders whose id begins with it are left out: put there to be in the way, by nobody's request */
export async function readStored(session: pg.Client, besides?: string): Promise<Stored> {
  const wanted = (id: string): string => (besides === undefined ? 'true' : `NOT starts_with(${id}, ${session.escapeLiteral(besides)})`);
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const rows = async <T extends pg.QueryResultRow>(sql: string): Promise<T[]> => (await session.query<T>(sql)).rows;
    return {
      versions: await rows(
        `SELECT order_id AS "orderId", version, kind, data FROM order_service.order_version WHERE ${wanted('order_id')}`,
      ),
      supplements: await rows(
        `SELECT id, order_id AS "orderId", sequence, state, revision, request FROM supp_service.supplement WHERE ${wanted('order_id')}`,
      ),
      inputs: await rows(`SELECT order_id AS "orderId", line, number, ordinal FROM merger_worker.merge_input WHERE ${wanted('order_id')}`),
      revisions: (
        await rows<RevisionRow & { at: unknown }>(
          `SELECT order_id AS "orderId", revision, at, body FROM merger_worker.revision WHERE ${wanted('order_id')}`,
        )
      ).map((row) => ({ ...row, at: (row.at as unknown as Date).toISOString() })),
      effective: await readEffective(rows, wanted('h.order_id')),
      heard: await rows(
        `SELECT 'order-service' AS owner, id AS "orderId", head_revision AS revision, head_state AS state FROM order_service.product_order WHERE ${wanted('id')}
         UNION ALL SELECT 'supp-service', order_id, revision, state FROM supp_service.order_line WHERE ${wanted('order_id')}`,
      ),
      outboxes: await readOutboxes(session),
    };
  } finally {
    await session.query('ROLLBACK');
  }
}

async function readEffective(rows: <T extends pg.QueryResultRow>(sql: string) => Promise<T[]>, wanted: string): Promise<EffectiveRow[]> {
  const heads = await rows<Omit<EffectiveRow, 'document'> & { doc: JsonObject | null; items: JsonObject[] }>(
    `SELECT h.order_id AS "orderId", h.revision, h.version, h.sequence, h.state, a.doc,
            coalesce((SELECT jsonb_agg(i.doc ORDER BY i.position) FROM merger_worker.effective_item i WHERE i.order_id = h.order_id), '[]') AS items
       FROM merger_worker.effective_order h LEFT JOIN merger_worker.effective_attributes a USING (order_id)
      WHERE ${wanted}`,
  );
  return heads.map(({ doc, items, ...head }) => ({
    ...head,
    document: { ...doc, state: head.state, productOrderItem: items },
  }));
}

/** Rows left in each outbox. */
export async function readOutboxes(session: pg.Client): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const schema of SCHEMAS) {
    const { rows } = await session.query<{ count: string }>(`SELECT count(*) FROM ${schema}.outbox`);
    counts[schema] = Number(rows[0]?.count ?? 0);
  }
  return counts;
}

/** Inputs and supplements that are still on their way. */
export async function readUnderWay(session: pg.Client): Promise<number> {
  const { rows } = await session.query<{ count: string }>(
    `SELECT (SELECT count(*) FROM supp_service.supplement WHERE state = 'accepted')
          + (SELECT count(*) FROM merger_worker.merge_input WHERE ordinal IS NULL)
          + (SELECT count(*) FROM order_service.order_version WHERE revision IS NULL) AS count`,
  );
  return Number(rows[0]?.count ?? 0);
}

/** Whether nothing waits in an outbox and nothing is on its way. */
export async function isAtRest(session: pg.Client): Promise<boolean> {
  const left = Object.values(await readOutboxes(session)).reduce((sum, rows) => sum + rows, 0);
  return left === 0 && (await readUnderWay(session)) === 0;
}

/** Dead letters that the services keep where operators list them. */
export async function readKeptDeadLetters(session: pg.Client): Promise<{ id: string; reason: string }[]> {
  const found: { id: string; reason: string }[] = [];
  for (const schema of SCHEMAS) {
    const { rows } = await session.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [`${schema}.dead_letter`]);
    if (rows[0]?.there !== true) continue;
    const letters = await session.query<{ id: string; reason: string }>(
      `SELECT message_id AS id, queue || ': ' || reason AS reason FROM ${schema}.dead_letter WHERE state = 'waiting'`,
    );
    found.push(...letters.rows);
  }
  return found;
}
