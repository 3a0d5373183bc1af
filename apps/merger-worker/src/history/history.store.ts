import type { DataSource } from 'typeorm';
import {
  type Cause,
  type Change,
  diffDocuments,
  type Json,
  type JsonObject,
  originOf,
  parsePath,
  type ValueOrigin,
  valueAt,
} from '#order-model';
import { notFound } from '#platform';
import { asOf } from '../read/as-of.js';
import { findStoredProvenance } from '../read/effective-orders.store.js';
import { parseRevision } from '../read/point-in-time.js';
import { latestOrder } from '../read/point-in-time.store.js';
import { listRevisions, revisionsTouching } from '../read/revisions.store.js';
import { inSnapshot, mergedHead } from '../read/snapshot.store.js';
import { stepAt, type ValueStep } from './value-line.js';

/** The changes that lead from one revision to another. @throws ProblemError 400, 404 */
export function differenceOf(
  database: DataSource,
  orderId: string,
  from: string,
  to: string | undefined,
): Promise<{ orderId: string; from: number; to: number; changes: readonly Change[] }> {
  return inSnapshot(database, async (tx) => {
    const first = parseRevision(from, 'from');
    const second = to === undefined ? (await mergedHead(tx, orderId)).revision : parseRevision(to, 'to');
    const before = await asOf(tx, { orderId, revision: first });
    const after = await asOf(tx, { orderId, revision: second });
    return { orderId, from: first, to: second, changes: diffDocuments(before.order, after.order) };
  });
}

interface Provenance extends ValueOrigin {
  readonly orderId: string;
  readonly path: string;
  /** What stands there; absent: nothing does any more. */
  readonly value?: Json;
  readonly at: string;
  readonly cause: Cause;
}
export interface ProvenanceView extends Provenance {
  readonly items: readonly ValueStep[];
}

/**
 * Which revision last set a path, and the line of what stood there. @throws ProblemError 404
 * @param before the revision that the page before ended with, 0 for the first page
 */
export function provenanceOf(
  database: DataSource,
  orderId: string,
  path: string,
  before: number,
  limit: number,
): Promise<Provenance & { readonly touching: readonly number[]; readonly line: readonly ValueStep[] }> {
  return inSnapshot(database, async (tx) => {
    const latest = await latestOrder(tx, orderId);
    const tokens = parsePath(path);
    const origin = originOf(await findStoredProvenance(tx, orderId, tokens[0] === 'productOrderItem' ? tokens[1] : ''), path);
    const cause = origin === undefined ? undefined : (await listRevisions(tx, orderId, origin.revision, origin.revision, 1))[0];
    if (origin === undefined || cause === undefined) throw new Error(`order ${orderId} has no provenance; rebuild it`);
    const touching = await revisionsTouching(tx, orderId, path, before === 0 ? latest.revision : before - 1, limit);
    const line = touching.flatMap((revision) => stepAt(revision, path) ?? []);
    const value = valueAt(JSON.parse(latest.order) as JsonObject, path);
    if (value === undefined && line.length === 0 && before === 0) throw notFound(`nothing has ever stood at ${path} of order ${orderId}`);
    return {
      orderId,
      path,
      ...(value === undefined ? {} : { value }),
      ...origin,
      at: cause.at,
      cause: cause.cause,
      touching: touching.map(({ revision }) => revision),
      line,
    };
  });
}
