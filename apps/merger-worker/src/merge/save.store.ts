import { anyLength, byKey, intArray, jsonArray, type Statement, textArray, timestampArray } from '#messaging';
import { type EffectiveItem, type EffectiveOrder, type MergeInput, reliedOn } from '#order-model';
import { SCHEMA } from '../schema.js';
import { checkpointsOf } from './checkpoints.js';
import { placeOf } from './input-line.js';
import type { MergedInput } from './merge-line.js';
import type { RecordedPolicy } from './recorded-policy.js';
import { attributesStatement, goneRelianceStatement, itemsStatement, relianceStatement } from './rows.store.js';

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

function changedItems({ order, steps }: OrderWrite): EffectiveItem[] {
  const ids = new Set(steps.flatMap(({ outcome }) => (outcome.kind === 'revised' ? outcome.changedItems : [])));
  return [...ids].flatMap((id) => order.items.get(id) ?? []);
}

/**
 * What writes the merged orders: heads behind the version fence, attributes and items that changed, revisions, inputs. The fence fails the
 * transaction (SQLSTATE 40001: the batch is to be merged again on what is there now).
 */
export function saveStatements(writes: readonly OrderWrite[], policy: RecordedPolicy): (Statement | undefined)[] {
  return [
    headsStatement(writes),
    attributesStatement(changedAttributes(writes)),
    itemsStatement(writes.flatMap((write) => changedItems(write).map((item) => ({ orderId: write.order.orderId, item })))),
    ...relianceStatements(writes),
    revisionsStatement(writes),
    checkpointsStatement(writes),
    inputsStatement(writes, policy),
    behindStatement(writes),
  ];
}

function headsStatement(writes: readonly OrderWrite[]): Statement | undefined {
  if (writes.length === 0) return undefined;
  const orders = writes.map(({ order }) => order);
  // The lock should be enough; the fence is what guarantees (facts: two consumers of a shard may overlap).
  return {
    sql: `WITH moved AS (
     UPDATE ${SCHEMA}.effective_order h SET revision = n.revision, version = n.version, sequence = n.sequence,
            state = n.state, counts = n.counts::jsonb, totals = n.totals::jsonb, sequence_at_confirmation = n.confirmed, waiting = n.waiting,
            updated_at = CASE WHEN n.revision > h.revision THEN n.at ELSE h.updated_at END
       FROM unnest(${anyLength('$1')}, $2::int[], $3::int[], $4::int[], $5::int[], $6::text[], $7::json[], $8::json[], $9::int[], $10::int[],
            $11::timestamptz[])
         AS n(id, seen, revision, version, sequence, state, counts, totals, confirmed, waiting, at)
      WHERE ${byKey('h.order_id', 'n.id')} AND h.version + h.sequence = n.seen
     RETURNING h.order_id)
     SELECT ${SCHEMA}.fence((SELECT count(*) FROM moved), $12)`,
    values: [
      textArray(orders.map(({ orderId }) => orderId)),
      intArray(writes.map(({ before }) => before.version + before.sequence)),
      intArray(orders.map(({ revision }) => revision)),
      intArray(orders.map(({ version }) => version)),
      intArray(orders.map(({ sequence }) => sequence)),
      textArray(orders.map(({ state }) => state)),
      jsonArray(orders.map(({ counts }) => counts)),
      jsonArray(orders.map(({ totals }) => totals)),
      intArray(orders.map(({ sequenceAtConfirmation }) => sequenceAtConfirmation)),
      intArray(writes.map(({ waiting }) => waiting)),
      timestampArray(writes.map(({ at }) => at)),
      writes.length,
    ],
  };
}

function changedAttributes(writes: readonly OrderWrite[]): EffectiveOrder[] {
  const changed = writes.filter(({ before, order }) => before.attributes !== order.attributes || before.provenance !== order.provenance);
  return changed.map(({ order }) => order);
}

function relianceStatements(writes: readonly OrderWrite[]): (Statement | undefined)[] {
  const changed = writes.flatMap((write) =>
    changedItems(write).flatMap((item) => {
      const had = write.before.items.get(item.id);
      const before = had === undefined ? [] : reliedOn(had.doc);
      const now = reliedOn(item.doc);
      const same = before.length === now.length && before.every((on) => now.includes(on));
      return same ? [] : [{ orderId: write.order.orderId, item, had: before.length > 0 }];
    }),
  );
  const gone = changed.filter(({ had }) => had).map(({ orderId, item }) => ({ orderId, itemId: item.id }));
  return [goneRelianceStatement(gone), relianceStatement(changed)];
}

function revisionsStatement(writes: readonly OrderWrite[]): Statement | undefined {
  const revised = writes.flatMap(({ steps }) => steps.flatMap(({ outcome }) => (outcome.kind === 'revised' ? [outcome] : [])));
  if (revised.length === 0) return undefined;
  return {
    sql: `INSERT INTO ${SCHEMA}.revision (order_id, revision, version, at, body)
     SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::timestamptz[], $5::json[])`,
    values: [
      textArray(revised.map(({ order }) => order.orderId)),
      intArray(revised.map(({ revision }) => revision.revision)),
      intArray(revised.map(({ order }) => order.version)),
      timestampArray(revised.map(({ revision }) => revision.at)),
      jsonArray(revised.map(({ revision }) => revision)),
    ],
  };
}

function checkpointsStatement(writes: readonly OrderWrite[]): Statement | undefined {
  const rows = writes.flatMap(({ steps }) => checkpointsOf(steps));
  if (rows.length === 0) return undefined;
  return {
    sql: `INSERT INTO ${SCHEMA}.checkpoint (order_id, revision, doc)
     SELECT * FROM unnest($1::text[], $2::int[], $3::json[])`,
    values: [
      textArray(rows.map(({ orderId }) => orderId)),
      intArray(rows.map(({ revision }) => revision)),
      jsonArray(rows.map(({ doc }) => doc)),
    ],
  };
}

function inputsStatement(writes: readonly OrderWrite[], { hash, pointOfNoReturn }: RecordedPolicy): Statement | undefined {
  const rows = writes.flatMap(({ order, steps, parked, at }) => [
    ...steps.map(({ input, ordinal }) => ({ orderId: order.orderId, ...placeOf(input), ordinal, at, input })),
    ...parked.map((input) => ({ orderId: order.orderId, ...placeOf(input), ordinal: undefined, at, input })),
  ]);
  if (rows.length === 0) return undefined;
  return {
    sql: `WITH policy AS (
       INSERT INTO ${SCHEMA}.merge_policy (hash, point_of_no_return, since) VALUES ($1, $2::jsonb, now()) ON CONFLICT DO NOTHING)
     INSERT INTO ${SCHEMA}.merge_input (order_id, line, number, ordinal, at, input, policy)
     SELECT order_id, line, number, ordinal, at, input, CASE WHEN ordinal IS NOT NULL THEN $1 END
       FROM unnest($3::text[], $4::text[], $5::int[], $6::int[], $7::timestamptz[], $8::json[])
         AS r (order_id, line, number, ordinal, at, input)
     ON CONFLICT (order_id, line, number) DO UPDATE SET ordinal = excluded.ordinal, at = excluded.at, policy = excluded.policy
      WHERE ${SCHEMA}.merge_input.ordinal IS NULL`,
    values: [
      hash,
      JSON.stringify(pointOfNoReturn),
      textArray(rows.map(({ orderId }) => orderId)),
      textArray(rows.map(({ line }) => line)),
      intArray(rows.map(({ number }) => number)),
      intArray(rows.map(({ ordinal }) => ordinal)),
      timestampArray(rows.map(({ at }) => at)),
      jsonArray(rows.map(({ input }) => input)),
    ],
  };
}

/** A head that moved leaves those behind who had acknowledged the one before; writes only where that is news. */
function behindStatement(writes: readonly OrderWrite[]): Statement | undefined {
  const moved = writes.filter(({ before, order }) => order.revision > before.revision);
  if (moved.length === 0) return undefined;
  return {
    sql: `UPDATE ${SCHEMA}.acknowledgement SET behind = true WHERE order_id = ANY(${anyLength('$1')}) AND NOT behind`,
    values: [textArray(moved.map(({ order }) => order.orderId))],
  };
}
