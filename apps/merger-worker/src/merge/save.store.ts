import type { EntityManager } from 'typeorm';
import { jsonArray } from '#messaging';
import { type EffectiveItem, type EffectiveOrder, type MergeInput, reliedOn } from '#order-model';
import { SCHEMA } from '../schema.js';
import { checkpointsOf } from './checkpoints.js';
import { placeOf } from './input-line.js';
import type { MergedInput } from './merge-line.js';
import type { RecordedPolicy } from './recorded-policy.js';
import { putAttributes, putItems, putReliance, removeReliance } from './rows.store.js';

/** What one batch does to one order. */
export interface OrderWrite {
  readonly before: EffectiveOrder;
  readonly order: EffectiveOrder;
  readonly steps: readonly MergedInput[];
  readonly parked: readonly MergeInput[];
  readonly waiting: number;
  /** Instant of the merge, RFC 3339 UTC. */
  readonly at: string;
}

/** Another merger moved a head that this one had locked: the batch must be merged again on what is there now. */
export class FencedError extends Error {
  readonly retryable = true;
  constructor() {
    super('an order was merged by another merger meanwhile; the batch is merged again');
    this.name = 'FencedError';
  }
}

function changedItems({ order, steps }: OrderWrite): EffectiveItem[] {
  const ids = new Set(steps.flatMap(({ outcome }) => (outcome.kind === 'revised' ? outcome.changedItems : [])));
  return [...ids].flatMap((id) => order.items.get(id) ?? []);
}

/** Writes the merged orders: heads behind the version fence, attributes and items that changed, revisions, inputs. */
export async function save(tx: EntityManager, writes: readonly OrderWrite[], policy: RecordedPolicy): Promise<void> {
  await Promise.all([
    saveHeads(tx, writes),
    saveAttributes(tx, writes),
    saveItems(tx, writes),
    saveReliance(tx, writes),
    saveRevisions(tx, writes),
    saveCheckpoints(tx, writes),
    saveInputs(tx, writes, policy),
    tellWhoIsBehind(tx, writes),
  ]);
}

async function saveHeads(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  if (writes.length === 0) return;
  const rows = writes.map(({ before, order, waiting, at }) => ({
    id: order.orderId,
    seen: before.version + before.sequence,
    revision: order.revision,
    version: order.version,
    sequence: order.sequence,
    state: order.state,
    counts: order.counts,
    totals: order.totals,
    confirmed: order.sequenceAtConfirmation ?? null,
    waiting,
    at,
  }));
  // The lock should be enough; the fence is what guarantees (facts: two consumers of a shard may overlap).
  const [, moved]: [unknown, number] = await tx.query(
    `UPDATE ${SCHEMA}.effective_order h SET revision = n.revision, version = n.version, sequence = n.sequence,
            state = n.state, counts = n.counts, totals = n.totals, sequence_at_confirmation = n.confirmed, waiting = n.waiting,
            updated_at = CASE WHEN n.revision > h.revision THEN n.at ELSE h.updated_at END
       FROM json_to_recordset($1::json) AS n(id text, seen int, revision int, version int, sequence int, state text,
            counts jsonb, totals jsonb, confirmed int, waiting int, at timestamptz)
      WHERE h.order_id = n.id AND h.version + h.sequence = n.seen`,
    [JSON.stringify(rows)],
  );
  if (moved !== writes.length) throw new FencedError();
}

async function saveAttributes(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const changed = writes.filter(({ before, order }) => before.attributes !== order.attributes || before.provenance !== order.provenance);
  await putAttributes(
    tx,
    changed.map(({ order }) => order),
  );
}

async function saveItems(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  await putItems(
    tx,
    writes.flatMap((write) => changedItems(write).map((item) => ({ orderId: write.order.orderId, item }))),
  );
}

async function saveReliance(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const changed = writes.flatMap((write) =>
    changedItems(write).flatMap((item) => {
      const had = write.before.items.get(item.id);
      const before = had === undefined ? [] : reliedOn(had.doc);
      const now = reliedOn(item.doc);
      const same = before.length === now.length && before.every((on) => now.includes(on));
      return same ? [] : [{ orderId: write.order.orderId, item, had: before.length > 0 }];
    }),
  );
  await removeReliance(
    tx,
    changed.filter(({ had }) => had).map(({ orderId, item }) => ({ orderId, itemId: item.id })),
  );
  await putReliance(tx, changed);
}

async function saveRevisions(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const revised = writes.flatMap(({ steps }) => steps.flatMap(({ outcome }) => (outcome.kind === 'revised' ? [outcome] : [])));
  if (revised.length === 0) return;
  const rows = revised.map(({ order: { orderId, version }, revision: { revision, at } }) => ({ order_id: orderId, revision, version, at }));
  await tx.query(
    `INSERT INTO ${SCHEMA}.revision (order_id, revision, version, at, body)
     SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (order_id text, revision int, version int, at timestamptz),
                              unnest($2::json[]))`,
    [JSON.stringify(rows), jsonArray(revised.map(({ revision }) => revision))],
  );
}

async function saveCheckpoints(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const rows = writes.flatMap(({ steps }) => checkpointsOf(steps));
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.checkpoint (order_id, revision, doc)
     SELECT * FROM unnest($1::text[], $2::int[], $3::json[])`,
    [rows.map(({ orderId }) => orderId), rows.map(({ revision }) => revision), jsonArray(rows.map(({ doc }) => doc))],
  );
}

async function saveInputs(tx: EntityManager, writes: readonly OrderWrite[], { hash, pointOfNoReturn }: RecordedPolicy): Promise<void> {
  const rows = writes.flatMap(({ order, steps, parked, at }) => [
    ...steps.map(({ input, ordinal }) => ({ row: { order_id: order.orderId, ...placeOf(input), ordinal, policy: hash, at }, input })),
    ...parked.map((input) => ({ row: { order_id: order.orderId, ...placeOf(input), at }, input })),
  ]);
  if (rows.length === 0) return;
  await tx.query(
    `WITH policy AS (
       INSERT INTO ${SCHEMA}.merge_policy (hash, point_of_no_return, since) VALUES ($2, $3::jsonb, now()) ON CONFLICT DO NOTHING)
     INSERT INTO ${SCHEMA}.merge_input (order_id, line, number, ordinal, at, input, policy)
     SELECT order_id, line, number, ordinal, at, input, policy
       FROM ROWS FROM (json_to_recordset($1::json) AS (order_id text, line text, number int, ordinal int, policy text, at timestamptz),
                       unnest($4::json[])) AS r (order_id, line, number, ordinal, policy, at, input)
     ON CONFLICT (order_id, line, number) DO UPDATE SET ordinal = excluded.ordinal, at = excluded.at, policy = excluded.policy
      WHERE ${SCHEMA}.merge_input.ordinal IS NULL`,
    [JSON.stringify(rows.map(({ row }) => row)), hash, JSON.stringify(pointOfNoReturn), jsonArray(rows.map(({ input }) => input))],
  );
}

/** A head that moved leaves those behind who had acknowledged the one before; writes only where that is news. */
async function tellWhoIsBehind(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const moved = writes.filter(({ before, order }) => order.revision > before.revision);
  if (moved.length === 0) return;
  await tx.query(`UPDATE ${SCHEMA}.acknowledgement SET behind = true WHERE order_id = ANY($1::text[]) AND NOT behind`, [
    moved.map(({ order }) => order.orderId),
  ]);
}
