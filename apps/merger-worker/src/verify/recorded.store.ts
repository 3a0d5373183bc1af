import type { EntityManager } from 'typeorm';
import { type JsonObject, type MergeInput, type PointOfNoReturn, usualPointOfNoReturn } from '#order-model';
import type { Line } from '../merge/input-line.js';
import { SCHEMA } from '../schema.js';
import type { Parts } from './parts.js';

/** An input as it was merged. */
export interface RecordedInput {
  readonly ordinal: number;
  /** Instant of its merge, RFC 3339 UTC. */
  readonly at: string;
  readonly input: MergeInput;
  readonly pointOfNoReturn: PointOfNoReturn;
  /** Merged before policies, prices and instants were recorded. */
  readonly legacy: boolean;
}

const CHUNK = 200;

async function loadPolicies(tx: EntityManager): Promise<Map<string, PointOfNoReturn>> {
  const rows: { hash: string; rules: PointOfNoReturn }[] = await tx.query(
    `SELECT hash, point_of_no_return AS rules FROM ${SCHEMA}.merge_policy`,
  );
  return new Map(rows.map(({ hash, rules }) => [hash, rules]));
}

interface InputRow {
  readonly number: number;
  readonly ordinal: number;
  readonly at: Date;
  readonly input: MergeInput;
  readonly policy: string | null;
}

async function* eachOfLine(tx: EntityManager, orderId: string, line: Line): AsyncGenerator<InputRow, undefined> {
  for (let last = 0, more = true; more; ) {
    const rows: InputRow[] = await tx.query(
      `SELECT number, ordinal, at, input, policy FROM ${SCHEMA}.merge_input
        WHERE order_id = $1 AND line = $2 AND number > $3 AND ordinal IS NOT NULL ORDER BY number LIMIT ${CHUNK}`,
      [orderId, line, last],
    );
    yield* rows;
    last = rows.at(-1)?.number ?? last;
    more = rows.length === CHUNK;
  }
}

/**
 * Streams the inputs of an order as they were merged. Each line is ascending in itself, so the two are read along their
 * key and zipped: no index by ordinal has to be kept for this by every merge.
 */
export async function* eachInput(tx: EntityManager, orderId: string): AsyncGenerator<RecordedInput> {
  const policies = await loadPolicies(tx);
  const [versions, supplements] = [eachOfLine(tx, orderId, 'version'), eachOfLine(tx, orderId, 'supplement')];
  let [version, supplement] = [(await versions.next()).value, (await supplements.next()).value];
  while (version !== undefined || supplement !== undefined) {
    const first = supplement === undefined || (version !== undefined && version.ordinal < supplement.ordinal);
    const row = (first ? version : supplement) as InputRow;
    const rules = policies.get(row.policy ?? '') ?? usualPointOfNoReturn;
    yield { ordinal: row.ordinal, at: row.at.toISOString(), input: row.input, pointOfNoReturn: rules, legacy: row.policy === null };
    if (first) version = (await versions.next()).value;
    else supplement = (await supplements.next()).value;
  }
}

/** A revision as its row says it. */
export interface StoredRevision {
  readonly revision: number;
  readonly version: number;
  readonly at: string;
  readonly body: JsonObject;
}

export async function* eachStoredRevision(tx: EntityManager, orderId: string): AsyncGenerator<StoredRevision, undefined> {
  for (let last = 0, more = true; more; ) {
    const rows: (Omit<StoredRevision, 'at'> & { at: Date })[] = await tx.query(
      `SELECT revision, version, at, body FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision > $2 ORDER BY revision LIMIT ${CHUNK}`,
      [orderId, last],
    );
    for (const { at, ...row } of rows) yield { ...row, at: at.toISOString() };
    last = rows.at(-1)?.revision ?? last;
    more = rows.length === CHUNK;
  }
}

/** A whole document that is kept as of a revision. */
export interface StoredCheckpoint {
  readonly revision: number;
  readonly doc: JsonObject;
}

export async function* eachCheckpoint(tx: EntityManager, orderId: string): AsyncGenerator<StoredCheckpoint, undefined> {
  for (let last = 0; ; ) {
    // One at a time: each is a whole order.
    const [row]: StoredCheckpoint[] = await tx.query(
      `SELECT revision, doc FROM ${SCHEMA}.checkpoint WHERE order_id = $1 AND revision > $2 ORDER BY revision LIMIT 1`,
      [orderId, last],
    );
    if (row === undefined) return;
    yield row;
    last = row.revision;
  }
}

/** How many inputs of an order wait for those before them. */
export async function countWaiting(tx: EntityManager, orderId: string): Promise<number> {
  const rows: { count: number }[] = await tx.query(
    `SELECT count(*)::int AS count FROM ${SCHEMA}.merge_input WHERE order_id = $1 AND ordinal IS NULL`,
    [orderId],
  );
  return rows[0]?.count ?? 0;
}

/** All that is stored of an order beside its inputs and revisions; nothing where it was never heard of. */
export async function loadParts(tx: EntityManager, orderId: string): Promise<Parts | undefined> {
  const heads: { head: JsonObject; updated_at: Date | null }[] = await tx.query(
    `SELECT jsonb_build_object('revision', revision, 'version', version, 'sequence', sequence, 'state', state, 'counts', counts,
              'totals', totals, 'waiting', waiting, 'sequenceAtConfirmation', sequence_at_confirmation) AS head, updated_at
       FROM ${SCHEMA}.effective_order WHERE order_id = $1`,
    [orderId],
  );
  const [found] = heads;
  if (found === undefined) return undefined;
  const attributes: { part: JsonObject }[] = await tx.query(
    `SELECT jsonb_build_object('doc', doc, 'provenance', provenance) AS part FROM ${SCHEMA}.effective_attributes WHERE order_id = $1`,
    [orderId],
  );
  const items: { id: string; part: JsonObject; relies_on: string[] }[] = await tx.query(
    `SELECT item_id AS id, relies_on,
            CASE WHEN i.order_id IS NULL THEN '{}' ELSE jsonb_build_object('position', i.position, 'doc', i.doc,
              'provenance', i.provenance, 'nestedIds', to_jsonb(i.nested_ids)) END AS part
       FROM (SELECT * FROM ${SCHEMA}.effective_item WHERE order_id = $1) i
       FULL JOIN (SELECT item_id, array_agg(on_id) AS relies_on FROM ${SCHEMA}.reliance WHERE order_id = $1 GROUP BY item_id) r
       USING (item_id)`,
    [orderId],
  );
  return {
    head: { ...found.head, updatedAt: found.updated_at?.toISOString() ?? null },
    attributes: attributes[0]?.part,
    items: new Map(items.map(({ id, part, relies_on }) => [id, { ...part, reliesOn: (relies_on ?? []).sort() }])),
  };
}
