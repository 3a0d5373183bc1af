import type { EntityManager } from 'typeorm';
import { containedItems, type EffectiveItem, type EffectiveOrder, type MergeInput, type Outcome, reliedOn } from '#order-model';
import { SCHEMA } from '../schema.js';
import { placeOf } from './input-line.js';

export interface MergeStep {
  readonly input: MergeInput;
  /** It waited in the gap buffer, where its row stands already. */
  readonly stored: boolean;
  readonly outcome: Outcome;
  readonly ordinal: number;
}
/** What one batch does to one order. */
export interface OrderWrite {
  readonly before: EffectiveOrder;
  readonly order: EffectiveOrder;
  readonly steps: readonly MergeStep[];
  readonly parked: readonly MergeInput[];
  readonly waiting: number;
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
export async function save(tx: EntityManager, writes: readonly OrderWrite[], at: string): Promise<void> {
  await saveHeads(tx, writes, at);
  await saveAttributes(tx, writes);
  await saveItems(tx, writes);
  await saveReliance(tx, writes);
  await saveRevisions(tx, writes);
  await saveInputs(tx, writes, at);
}

async function saveHeads(tx: EntityManager, writes: readonly OrderWrite[], at: string): Promise<void> {
  if (writes.length === 0) return;
  const rows = writes.map(({ before, order, waiting }) => ({
    id: order.orderId,
    seen: before.version + before.sequence,
    revision: order.revision,
    version: order.version,
    sequence: order.sequence,
    state: order.state,
    counts: order.counts,
    waiting,
  }));
  // The lock should be enough; the fence is what guarantees (facts: two consumers of a shard may overlap).
  const [, moved]: [unknown, number] = await tx.query(
    `UPDATE ${SCHEMA}.effective_order h SET revision = n.revision, version = n.version, sequence = n.sequence,
            state = n.state, counts = n.counts, waiting = n.waiting,
            updated_at = CASE WHEN n.revision > h.revision THEN $2::timestamptz ELSE h.updated_at END
       FROM jsonb_to_recordset($1::jsonb) AS n(id text, seen int, revision int, version int, sequence int, state text,
            counts jsonb, waiting int)
      WHERE h.order_id = n.id AND h.version + h.sequence = n.seen`,
    [JSON.stringify(rows), at],
  );
  if (moved !== writes.length) throw new FencedError();
}

async function saveAttributes(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const changed = writes.filter(({ before, order }) => before.attributes !== order.attributes || before.provenance !== order.provenance);
  if (changed.length === 0) return;
  const rows = changed.map(({ order }) => ({ id: order.orderId, doc: order.attributes, provenance: order.provenance }));
  await tx.query(
    `INSERT INTO ${SCHEMA}.effective_attributes (order_id, doc, provenance)
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(id text, doc jsonb, provenance jsonb)
     ON CONFLICT (order_id) DO UPDATE SET doc = excluded.doc, provenance = excluded.provenance`,
    [JSON.stringify(rows)],
  );
}

async function saveItems(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const rows = writes.flatMap((write) =>
    changedItems(write).map(({ id, position, doc, provenance }) => ({
      order_id: write.order.orderId,
      item_id: id,
      position,
      doc,
      provenance,
      nested: containedItems(doc),
    })),
  );
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.effective_item (order_id, item_id, position, doc, provenance, nested_ids)
     SELECT * FROM jsonb_to_recordset($1::jsonb)
       AS r(order_id text, item_id text, position int, doc jsonb, provenance jsonb, nested text[])
     ON CONFLICT (order_id, item_id) DO UPDATE
       SET doc = excluded.doc, provenance = excluded.provenance, nested_ids = excluded.nested_ids`,
    [JSON.stringify(rows)],
  );
}

async function saveReliance(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const changed = writes.flatMap((write) =>
    changedItems(write).flatMap(({ id, doc }) => {
      const had = write.before.items.get(id);
      const before = had === undefined ? [] : reliedOn(had.doc);
      const now = reliedOn(doc);
      const same = before.length === now.length && before.every((on) => now.includes(on));
      return same ? [] : [{ orderId: write.order.orderId, id, had: before.length > 0, on: now }];
    }),
  );
  const gone = changed.filter(({ had }) => had);
  if (gone.length > 0) {
    await tx.query(
      `DELETE FROM ${SCHEMA}.reliance r USING unnest($1::text[], $2::text[]) AS g(order_id, item_id)
        WHERE r.order_id = g.order_id AND r.item_id = g.item_id`,
      [gone.map(({ orderId }) => orderId), gone.map(({ id }) => id)],
    );
  }
  const rows = changed.flatMap(({ orderId, id, on }) => on.map((onId) => ({ orderId, onId, id })));
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.reliance (order_id, on_id, item_id)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
    [rows.map(({ orderId }) => orderId), rows.map(({ onId }) => onId), rows.map(({ id }) => id)],
  );
}

async function saveRevisions(tx: EntityManager, writes: readonly OrderWrite[]): Promise<void> {
  const rows = writes.flatMap(({ steps }) =>
    steps.flatMap(({ outcome }) => {
      if (outcome.kind !== 'revised') return [];
      const { orderId, revision, at } = outcome.revision;
      return [{ orderId, revision, version: outcome.order.version, at, body: outcome.revision }];
    }),
  );
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.revision (order_id, revision, version, at, body)
     SELECT "orderId", revision, version, at, body FROM jsonb_to_recordset($1::jsonb)
       AS r("orderId" text, revision int, version int, at timestamptz, body jsonb)`,
    [JSON.stringify(rows)],
  );
}

async function saveInputs(tx: EntityManager, writes: readonly OrderWrite[], at: string): Promise<void> {
  const rows = writes.flatMap(({ order, steps, parked }) => [
    ...steps.map(({ input, ordinal }) => ({ order_id: order.orderId, ...placeOf(input), ordinal, input })),
    ...parked.map((input) => ({ order_id: order.orderId, ...placeOf(input), ordinal: null, input })),
  ]);
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO ${SCHEMA}.merge_input (order_id, line, number, ordinal, at, input)
     SELECT order_id, line, number, ordinal, $2::timestamptz, input
       FROM jsonb_to_recordset($1::jsonb) AS r(order_id text, line text, number int, ordinal int, input jsonb)
     ON CONFLICT (order_id, line, number) DO UPDATE SET ordinal = excluded.ordinal
      WHERE ${SCHEMA}.merge_input.ordinal IS NULL`,
    [JSON.stringify(rows), at],
  );
}
