import type { EntityManager } from 'typeorm';
import { anyLength, textArray } from '#messaging';
import type { EffectiveOrder, ItemState, OrderState, PriceTotal } from '#order-model';
import { SCHEMA } from '../schema.js';

/** The narrow head of one order. */
export interface Head {
  readonly orderId: string;
  readonly revision: number;
  readonly version: number;
  readonly sequence: number;
  readonly waiting: number;
  /** When its last revision was made, RFC 3339 UTC. */
  readonly updatedAt: string | undefined;
  /** Merged before prices were kept: its totals have to be made from all its items. */
  readonly unpriced: boolean;
  /** The order with nothing loaded: what there is before its creation. */
  readonly empty: EffectiveOrder;
}

interface HeadRow {
  readonly order_id: string;
  readonly revision: number;
  readonly version: number;
  readonly sequence: number;
  readonly state: OrderState;
  readonly counts: Partial<Record<ItemState, number>>;
  readonly totals: PriceTotal[] | null;
  readonly sequence_at_confirmation: number | null;
  readonly waiting: number;
  readonly updated_at: Date | null;
}

const COLUMNS = 'order_id, revision, version, sequence, state, counts, totals, sequence_at_confirmation, waiting, updated_at';

function head(row: HeadRow): Head {
  const { order_id: orderId, revision, version, sequence, state, counts, waiting } = row;
  const confirmed = row.sequence_at_confirmation;
  return {
    orderId,
    revision,
    version,
    sequence,
    waiting,
    updatedAt: row.updated_at?.toISOString(),
    unpriced: row.totals === null,
    empty: {
      orderId,
      revision,
      version,
      sequence,
      state,
      counts,
      totals: row.totals ?? [],
      ...(confirmed === null ? {} : { sequenceAtConfirmation: confirmed }),
      attributes: {},
      provenance: {},
      items: new Map(),
    },
  };
}

/** Locks the heads of these orders in id order (all writers do: no deadlock); gives those that are there. */
export async function lockKnownHeads(tx: EntityManager, orderIds: readonly string[]): Promise<Head[]> {
  const rows: HeadRow[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${SCHEMA}.effective_order WHERE order_id = ANY(${anyLength('$1')}) ORDER BY order_id FOR UPDATE`,
    [textArray(orderIds)],
  );
  return rows.map(head);
}

/** As `lockKnownHeads`; an order not heard of yet gets a head of revision 0. */
export async function lockHeads(tx: EntityManager, orderIds: readonly string[]): Promise<Head[]> {
  const heads = await lockKnownHeads(tx, orderIds);
  if (heads.length === orderIds.length) return heads;
  const known = new Set(heads.map(({ orderId }) => orderId));
  await tx.query(`INSERT INTO ${SCHEMA}.effective_order (order_id) SELECT unnest($1::text[]) AS id ORDER BY id ON CONFLICT DO NOTHING`, [
    orderIds.filter((id) => !known.has(id)),
  ]);
  return lockKnownHeads(tx, orderIds);
}

/** The head of an order, not locked; nothing where none of its inputs has arrived. */
export async function readHead(tx: EntityManager, orderId: string): Promise<Head | undefined> {
  const rows: HeadRow[] = await tx.query(`SELECT ${COLUMNS} FROM ${SCHEMA}.effective_order WHERE order_id = $1`, [orderId]);
  return rows[0] === undefined ? undefined : head(rows[0]);
}

/** When an input is merged that is taken now: no clock of any replica puts a revision before the one it follows. */
export function instantOfMerge({ updatedAt }: Head, now: string): string {
  return updatedAt !== undefined && updatedAt > now ? updatedAt : now;
}
