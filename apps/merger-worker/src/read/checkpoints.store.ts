import type { EntityManager } from 'typeorm';
import { anyLength } from '#messaging';
import type { Change } from '#order-model';
import { SCHEMA } from '../schema.js';

/** An order as of one of its revisions. */
export interface RevisionOfOrder {
  readonly orderId: string;
  readonly revision: number;
}

/** Where the way back to a revision begins. */
export interface WayBack {
  /** The latest revision of the order. */
  readonly latest: number;
  /** When the wanted revision was made (RFC 3339 UTC), and the base version merged by then; nothing where there is none. */
  readonly moment: { readonly at: string; readonly version: number } | undefined;
  /** The first document that is kept at or after it, as JSON text. */
  readonly checkpoint: { readonly revision: number; readonly order: string } | undefined;
  /** The deltas from there back, newest first; nothing where they are too many for one answer. */
  readonly deltas: readonly (readonly Change[])[] | undefined;
}

interface Row {
  readonly place: string;
  readonly latest: number;
  readonly at: Date | null;
  readonly version: number;
  readonly kept: number | null;
  readonly doc: string;
  readonly deltas: string | null;
}

/** Most deltas that come with a checkpoint. */
const MOST = 5_000;

/** The ways back to these revisions, in their order; nothing where an order has no revision at all. */
export async function findWaysBack(tx: EntityManager, wanted: readonly RevisionOfOrder[]): Promise<(WayBack | undefined)[]> {
  const rows: Row[] = await tx.query(
    `SELECT w.place, h.revision AS latest, r.at, r.version, c.revision AS kept, c.doc::text AS doc,
            (SELECT string_agg((d.body->'delta')::text, ',' ORDER BY d.revision DESC) FROM ${SCHEMA}.revision d
              WHERE d.order_id = w.order_id AND d.revision > w.revision AND d.revision <= c.revision AND c.revision <= w.revision + ${MOST}
            ) AS deltas
       FROM unnest(${anyLength('$1')}, $2::int[]) WITH ORDINALITY AS w(order_id, revision, place)
       JOIN ${SCHEMA}.effective_order h ON h.order_id = w.order_id AND h.revision > 0
       LEFT JOIN ${SCHEMA}.revision r ON r.order_id = w.order_id AND r.revision = w.revision
       LEFT JOIN LATERAL (SELECT revision, doc FROM ${SCHEMA}.checkpoint
                           WHERE order_id = w.order_id AND revision >= w.revision ORDER BY revision LIMIT 1) c ON true`,
    [wanted.map(({ orderId }) => orderId), wanted.map(({ revision }) => revision)],
  );
  const found = new Map(rows.map((row) => [Number(row.place), row]));
  return wanted.map((_one, index) => {
    const row = found.get(index + 1);
    if (row === undefined) return undefined;
    const { latest, at, version, kept, doc, deltas } = row;
    return {
      latest,
      moment: at === null ? undefined : { at: at.toISOString(), version },
      checkpoint: kept === null ? undefined : { revision: kept, order: doc },
      deltas: deltas === null ? undefined : (JSON.parse(`[${deltas}]`) as Change[][]),
    };
  });
}
