import type { EntityManager } from 'typeorm';
import type { EffectiveOrderAcknowledged } from '#contracts';
import { SCHEMA } from '../schema.js';
import type { Acknowledgement } from './acknowledgement.js';

interface SaidRow {
  readonly order_id: string;
  readonly number: number;
  readonly consumer: string;
  readonly revision: number;
  readonly status: 'ack' | 'nack';
  readonly reason: string | null;
  readonly by: string;
  readonly at: Date;
}
interface LatestRow extends SaidRow {
  readonly acked: number;
}

const COLUMNS = 'a.order_id, a.number, a.consumer, a.revision, a.status, a.reason, a.by, a.at';

function said({ order_id, number, consumer, revision, status, reason, by, at }: SaidRow): Omit<Acknowledgement, 'acked'> {
  return { orderId: order_id, number, consumer, revision, status, ...(reason === null ? {} : { reason }), by, at: at.toISOString() };
}

/** The latest of a consumer on an order; the order's head must be locked for it to stay so. */
export async function findLatest(tx: EntityManager, orderId: string, consumer: string): Promise<Acknowledgement | undefined> {
  const rows: LatestRow[] = await tx.query(
    `SELECT ${COLUMNS}, a.acked FROM ${SCHEMA}.acknowledgement a WHERE order_id = $1 AND consumer = $2`,
    [orderId, consumer],
  );
  return rows[0] === undefined ? undefined : { ...said(rows[0]), acked: rows[0].acked };
}

/** Takes the next number of the order's acknowledgements. */
export async function takeNumber(tx: EntityManager, orderId: string): Promise<number> {
  const [rows]: [{ acknowledged: number }[], number] = await tx.query(
    `UPDATE ${SCHEMA}.effective_order SET acknowledged = acknowledged + 1 WHERE order_id = $1 RETURNING acknowledged`,
    [orderId],
  );
  const number = rows[0]?.acknowledged;
  if (number === undefined) throw new Error(`order ${orderId} has no head`);
  return number;
}

export async function saveLatest(tx: EntityManager, latest: Acknowledgement, head: number): Promise<void> {
  const { orderId, consumer, number, revision, status, reason, by, at, acked } = latest;
  await tx.query(
    `INSERT INTO ${SCHEMA}.acknowledgement (order_id, consumer, number, revision, status, reason, by, at, acked, behind)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (order_id, consumer) DO UPDATE SET number = excluded.number, revision = excluded.revision, status = excluded.status,
       reason = excluded.reason, by = excluded.by, at = excluded.at, acked = excluded.acked, behind = excluded.behind`,
    [orderId, consumer, number, revision, status, reason ?? null, by, at, acked, acked < head],
  );
}

export async function insertSaid(tx: EntityManager, one: EffectiveOrderAcknowledged): Promise<void> {
  await tx.query(
    `INSERT INTO ${SCHEMA}.acknowledgement_said (order_id, number, consumer, revision, status, reason, by, at, head_revision)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [one.orderId, one.number, one.consumer, one.revision, one.status, one.reason ?? null, one.by, one.at, one.headRevision],
  );
}

/** What was said of an order from number `from`, ascending, at most `limit`. */
export async function listSaid(tx: EntityManager, orderId: string, from: number, limit: number): Promise<EffectiveOrderAcknowledged[]> {
  const rows: (SaidRow & { head_revision: number })[] = await tx.query(
    `SELECT ${COLUMNS}, a.head_revision FROM ${SCHEMA}.acknowledgement_said a WHERE order_id = $1 AND number >= $2
      ORDER BY number LIMIT $3`,
    [orderId, from, limit],
  );
  return rows.map((row) => ({ ...said(row), headRevision: row.head_revision }));
}

/** An acknowledgement with how many revisions its consumer is behind the head. */
export interface AcknowledgementView extends Acknowledgement {
  readonly headRevision: number;
  readonly lag: number;
}

export interface AcknowledgementFilter {
  readonly orderId?: string;
  readonly consumer?: string;
  readonly behind: boolean;
}

/** The place in the list of the last of the page before: consumer and order. */
export type AcknowledgementKey = readonly [consumer: string, orderId: string];

/** The latest acknowledgements by consumer and order, after a place in that list, at most `limit`. */
export async function listLatest(
  tx: EntityManager,
  { orderId, consumer, behind }: AcknowledgementFilter,
  after: AcknowledgementKey | undefined,
  limit: number,
): Promise<AcknowledgementView[]> {
  const params: unknown[] = [limit];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  const where = [
    ...(orderId === undefined ? [] : [`a.order_id = ${bind(orderId)}`]),
    ...(consumer === undefined ? [] : [`a.consumer = ${bind(consumer)}`]),
    ...(behind ? ['a.behind'] : []),
    ...(after === undefined ? [] : [`(a.consumer, a.order_id) > (${bind(after[0])}, ${bind(after[1])})`]),
  ];
  const rows: (LatestRow & { head: number })[] = await tx.query(
    `SELECT ${COLUMNS}, a.acked, h.revision AS head FROM ${SCHEMA}.acknowledgement a JOIN ${SCHEMA}.effective_order h USING (order_id)
     ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY a.consumer, a.order_id LIMIT $1`,
    params,
  );
  return rows.map((row) => ({ ...said(row), acked: row.acked, headRevision: row.head, lag: row.head - row.acked }));
}
