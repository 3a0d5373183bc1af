import type { EntityManager } from 'typeorm';
import { sendAll } from '#messaging';
import type { EffectiveOrder } from '#order-model';
import { attributesStatement, goneRelianceStatement, itemsStatement, relianceStatement } from '../merge/rows.store.js';
import { SCHEMA } from '../schema.js';
import type { Difference } from './difference.js';
import type { AboutHead } from './parts.js';

async function putHead(tx: EntityManager, order: EffectiveOrder, { waiting, updatedAt }: AboutHead): Promise<void> {
  const { orderId, revision, version, sequence, state, counts, totals, sequenceAtConfirmation } = order;
  await tx.query(
    `UPDATE ${SCHEMA}.effective_order SET revision = $2, version = $3, sequence = $4, state = $5, counts = $6::jsonb,
            totals = $7::jsonb, sequence_at_confirmation = $8, waiting = $9, updated_at = $10
      WHERE order_id = $1`,
    [
      orderId,
      revision,
      version,
      sequence,
      state,
      JSON.stringify(counts),
      JSON.stringify(totals),
      sequenceAtConfirmation ?? null,
      waiting,
      updatedAt ?? null,
    ],
  );
  await tx.query(`UPDATE ${SCHEMA}.acknowledgement SET behind = acked < $2 WHERE order_id = $1 AND behind <> (acked < $2)`, [
    orderId,
    revision,
  ]);
}

/** Writes the parts of an order that differ as they should be, and drops checkpoints that do: reads do without. The head must be locked. */
export async function repair(tx: EntityManager, order: EffectiveOrder, about: AboutHead, found: readonly Difference[]): Promise<void> {
  const { orderId } = order;
  const parts = new Set(found.map(({ part }) => part));
  if (parts.has('head')) await putHead(tx, order, about);
  if (parts.has('attributes')) {
    await tx.query(`DELETE FROM ${SCHEMA}.effective_attributes WHERE order_id = $1`, [orderId]);
    if (order.revision > 0) await sendAll(tx, [attributesStatement([order])]);
  }
  const idsOf = (wanted: Difference['part']): string[] =>
    found.flatMap(({ part, id }) => (part === wanted && id !== undefined ? [id] : []));
  if (parts.has('checkpoint')) {
    await tx.query(`DELETE FROM ${SCHEMA}.checkpoint WHERE order_id = $1 AND revision = ANY($2::int[])`, [orderId, idsOf('checkpoint')]);
  }
  const ids = idsOf('item');
  if (ids.length === 0) return;
  await tx.query(`DELETE FROM ${SCHEMA}.effective_item WHERE order_id = $1 AND item_id = ANY($2::text[])`, [orderId, ids]);
  const items = ids.flatMap((id) => order.items.get(id) ?? []).map((item) => ({ orderId, item }));
  const gone = ids.map((itemId) => ({ orderId, itemId }));
  await sendAll(tx, [goneRelianceStatement(gone), itemsStatement(items), relianceStatement(items)]);
}
