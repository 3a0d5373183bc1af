import type { EntityManager } from 'typeorm';
import type { SupplementRequest } from '#contracts';
import { anyLength, byKey } from '#messaging';
import type { Problem } from '#order-model';
import { SCHEMA } from '../schema.js';
import type { Approval, ChargeAnswer, Resolution, Supplement, SupplementState } from '../supplement.js';

interface Row {
  readonly id: string;
  readonly order_id: string;
  readonly place: number;
  readonly state: SupplementState;
  readonly sequence: number | null;
  readonly revision: number | null;
  readonly problems: readonly Problem[] | null;
  readonly by: string;
  readonly submitted_at: Date;
  readonly request: SupplementRequest;
  readonly approvals: readonly Approval[] | null;
  readonly charge: ChargeAnswer | null;
  readonly reverts: string | null;
  readonly reverted_by: string | null;
  readonly resolution: Resolution | null;
}

const COLUMNS =
  'id, order_id, place, state, sequence, revision, problems, by, submitted_at, request, approvals, charge, reverts, reverted_by, resolution';

/** A charge of before there were answers to it: it never had a due date. */
function chargeOf(row: Row): { charge?: ChargeAnswer } {
  if (row.charge !== null) return { charge: row.charge };
  if (row.request.charge === undefined) return {};
  return { charge: { state: 'void', dueDate: row.submitted_at.toISOString() } };
}

function supplementOf(row: Row): Supplement {
  return {
    id: row.id,
    orderId: row.order_id,
    place: row.place,
    state: row.state,
    ...(row.sequence === null ? {} : { sequence: row.sequence }),
    ...(row.revision === null ? {} : { revision: row.revision }),
    ...(row.problems === null ? {} : { problems: row.problems }),
    request: row.request,
    submittedAt: row.submitted_at.toISOString(),
    by: row.by,
    approvals: row.approvals ?? [],
    ...chargeOf(row),
    ...(row.reverts === null ? {} : { reverts: row.reverts }),
    ...(row.reverted_by === null ? {} : { revertedBy: row.reverted_by }),
    ...(row.resolution === null ? {} : { resolution: row.resolution }),
  };
}

export async function findSupplement(tx: EntityManager, id: string): Promise<Supplement | undefined> {
  return (await findSupplements(tx, [id])).get(id);
}

export async function findSupplements(tx: EntityManager, ids: readonly string[]): Promise<Map<string, Supplement>> {
  const rows: Row[] = await tx.query(`SELECT ${COLUMNS} FROM ${SCHEMA}.supplement WHERE id = ANY(${anyLength('$1')})`, [ids]);
  return new Map(rows.map((row) => [row.id, supplementOf(row)]));
}

/** Of these supplements, those that are not waiting for their merge any more. */
export async function findSettled(tx: EntityManager, ids: readonly string[]): Promise<Supplement[]> {
  const rows: Row[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.supplement WHERE id = ANY(${anyLength('$1')}) AND state <> 'accepted'`,
    [ids],
  );
  return rows.map(supplementOf);
}

/** An order's supplements in the order they were stored in, after the given place; one more than `limit` tells that there are more. */
export async function listOfOrder(tx: EntityManager, orderId: string, after: number, limit: number): Promise<Supplement[]> {
  const rows: Row[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.supplement WHERE order_id = $1 AND place > $2 ORDER BY place LIMIT $3`,
    [orderId, after, limit + 1],
  );
  return rows.map(supplementOf);
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

/** Where those of a state are found, in the order of what: see the migration `0005-lists`. */
function listOf(state: string | undefined): { list: string; at: string; key: string; state: string } {
  const all = { list: `${SCHEMA}.supplement`, at: 'submitted_at', key: 'id' };
  // Nearly all are merged: found among all.
  if (state === undefined || state === 'merged') return { ...all, state: 'state' };
  if (state !== 'accepted') return { ...all, state: 'listed_state' };
  const list = `${SCHEMA}.awaiting_merge AS w (since, waiting) JOIN ${SCHEMA}.supplement ON ${byKey('id', 'waiting')}`;
  return { list, at: 'since', key: 'waiting', state: 'state' };
}

/** All supplements, newest first. */
export async function listNewest(
  tx: EntityManager,
  filter: SupplementFilter,
  after: NewestKey | undefined,
  limit: number,
): Promise<Supplement[]> {
  const params: unknown[] = [limit + 1];
  const where: string[] = [];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  const { list, at, key, state } = listOf(filter.state);
  if (filter.state !== undefined) where.push(`${state} = ${bind(filter.state)}`);
  if (filter.category !== undefined) where.push(`category = ${bind(filter.category)}`);
  if (after !== undefined) where.push(`(${at}, ${key}) < (${bind(after.submittedAt)}::timestamptz, ${bind(after.id)})`);
  const rows: Row[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${list} ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY ${at} DESC, ${key} DESC LIMIT $1`,
    params,
  );
  return rows.map(supplementOf);
}
