import type { EntityManager } from 'typeorm';
import type { SupplementRequest } from '#contracts';
import type { Problem } from '#order-model';
import { SCHEMA } from '../schema.js';
import type { SupplementState, SupplementView } from './supplement.view.js';

interface Row {
  readonly id: string;
  readonly order_id: string;
  readonly state: SupplementState;
  readonly sequence: number;
  readonly revision: number | null;
  readonly problems: readonly Problem[] | null;
  readonly by: string;
  readonly submitted_at: Date;
  readonly request: SupplementRequest;
}

const COLUMNS = 'id, order_id, state, sequence, revision, problems, by, submitted_at, request';

function view(row: Row): SupplementView {
  return {
    ...row.request,
    id: row.id,
    orderId: row.order_id,
    state: row.state,
    sequence: row.sequence,
    ...(row.revision === null ? {} : { revision: row.revision }),
    ...(row.problems === null ? {} : { problems: row.problems }),
    submittedAt: row.submitted_at.toISOString(),
    by: row.by,
  };
}

export async function findSupplement(tx: EntityManager, id: string): Promise<SupplementView | undefined> {
  const rows: Row[] = await tx.query(`SELECT ${COLUMNS} FROM ${SCHEMA}.supplement WHERE id = $1`, [id]);
  return rows[0] === undefined ? undefined : view(rows[0]);
}

/** Of these supplements, those that are not waiting for their merge any more. */
export async function findSettled(tx: EntityManager, ids: readonly string[]): Promise<SupplementView[]> {
  const rows: Row[] = await tx.query(`SELECT ${COLUMNS} FROM ${SCHEMA}.supplement WHERE id = ANY($1::text[]) AND state <> 'accepted'`, [
    ids,
  ]);
  return rows.map(view);
}

/** An order's supplements by sequence, after the given one; one more than `limit` tells that there are more. */
export async function listOfOrder(tx: EntityManager, orderId: string, after: number, limit: number): Promise<SupplementView[]> {
  const rows: Row[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.supplement WHERE order_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
    [orderId, after, limit + 1],
  );
  return rows.map(view);
}

export async function orderIsKnown(tx: EntityManager, orderId: string): Promise<boolean> {
  const rows: unknown[] = await tx.query(`SELECT 1 FROM ${SCHEMA}.order_line WHERE order_id = $1`, [orderId]);
  return rows.length > 0;
}

export interface SupplementFilter {
  readonly state?: string | undefined;
  readonly category?: string | undefined;
}
/** Place in the list of all supplements, newest first. */
export interface NewestKey {
  readonly submittedAt: string;
  readonly id: string;
}

/** All supplements, newest first. */
export async function listNewest(
  tx: EntityManager,
  filter: SupplementFilter,
  after: NewestKey | undefined,
  limit: number,
): Promise<SupplementView[]> {
  const params: unknown[] = [limit + 1];
  const where: string[] = [];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  if (filter.state !== undefined) where.push(`state = ${bind(filter.state)}`);
  if (filter.category !== undefined) where.push(`category = ${bind(filter.category)}`);
  if (after !== undefined) where.push(`(submitted_at, id) < (${bind(after.submittedAt)}::timestamptz, ${bind(after.id)})`);
  const rows: Row[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.supplement ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
      ORDER BY submitted_at DESC, id DESC LIMIT $1`,
    params,
  );
  return rows.map(view);
}
