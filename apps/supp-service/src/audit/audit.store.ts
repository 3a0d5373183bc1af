import type { EntityManager } from 'typeorm';
import { jsonArray, type Statement, textArray, timestampArray } from '#messaging';
import type { Json, Problem, Reason } from '#order-model';
import { SCHEMA } from '../schema.js';

/** What somebody did: `before` and `after` hold what it changed. */
export interface AuditLine {
  readonly at: string;
  readonly by: string;
  /** `supplement.<what was done>`. */
  readonly action: string;
  readonly orderId: string;
  readonly supplementId?: string;
  readonly reason?: Reason | undefined;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** Why it was refused. */
  readonly problems?: readonly Problem[];
}
export interface AuditView extends AuditLine {
  readonly id: string;
}

/** Writes audit lines; they are never changed again. */
export function auditStatement(lines: readonly AuditLine[]): Statement | undefined {
  if (lines.length === 0) return undefined;
  return {
    sql: `INSERT INTO ${SCHEMA}.audit (at, by, action, order_id, supplement_id, reason, detail)
     SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::json[])`,
    values: [
      timestampArray(lines.map(({ at }) => at)),
      textArray(lines.map(({ by }) => by)),
      textArray(lines.map(({ action }) => action)),
      textArray(lines.map(({ orderId }) => orderId)),
      textArray(lines.map(({ supplementId }) => supplementId)),
      jsonArray(lines.map(({ reason }) => reason)),
      jsonArray(lines.map(({ before, after, problems }) => ({ before, after, problems }))),
    ],
  };
}

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly action: string;
  readonly order_id: string;
  readonly supplement_id: string | null;
  readonly reason: Reason | null;
  readonly detail: Readonly<Record<string, Json>>;
}

function view({ id, at, by, action, order_id, supplement_id, reason, detail }: Row): AuditView {
  return {
    id,
    at: at.toISOString(),
    by,
    action,
    orderId: order_id,
    ...(supplement_id === null ? {} : { supplementId: supplement_id }),
    ...(reason === null ? {} : { reason }),
    ...detail,
  };
}

const COLUMNS = 'id, at, by, action, order_id, supplement_id, reason, detail';

export interface AuditFilter {
  readonly orderId?: string | undefined;
  readonly supplementId?: string | undefined;
}

/** Audit lines, newest first, before the line with the id `before`; one more than `limit` tells that there are more. */
export async function listAudit(tx: EntityManager, filter: AuditFilter, before: number, limit: number): Promise<AuditView[]> {
  const params: unknown[] = [limit + 1];
  const where: string[] = [];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  if (filter.orderId !== undefined) where.push(`order_id = ${bind(filter.orderId)}`);
  if (filter.supplementId !== undefined) where.push(`supplement_id = ${bind(filter.supplementId)}`);
  if (before > 0) where.push(`id < ${bind(before)}`);
  const rows: Row[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.audit ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY id DESC LIMIT $1`,
    params,
  );
  return rows.map(view);
}

/** What was done about one supplement, oldest first; at most 1,000 lines. */
export async function historyOf(tx: EntityManager, supplementId: string): Promise<AuditView[]> {
  const rows: Row[] = await tx.query(`SELECT ${COLUMNS} FROM ${SCHEMA}.audit WHERE supplement_id = $1 ORDER BY id LIMIT 1000`, [
    supplementId,
  ]);
  return rows.map(view);
}
