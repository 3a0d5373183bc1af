import type { EntityManager } from 'typeorm';
import { SCHEMA } from '../schema.js';

/** Where the way back to a revision begins. */
export interface NextCheckpoint {
  /** The latest revision of the order. */
  readonly revision: number;
  /** When the wanted revision was made, and the base version merged by then; nothing where there is none. */
  readonly moment: { readonly at: string; readonly version: number } | undefined;
  /** The first document that is kept at or after it, as JSON text. */
  readonly checkpoint: { readonly revision: number; readonly order: string } | undefined;
}

interface Row {
  readonly latest: number;
  readonly at: Date | null;
  readonly version: number;
  readonly kept: number | null;
  readonly doc: string;
}

/** The checkpoint at or after a revision; nothing where the order has no revision at all. */
export async function findNextCheckpoint(tx: EntityManager, orderId: string, revision: number): Promise<NextCheckpoint | undefined> {
  const [row]: Row[] = await tx.query(
    `SELECT h.revision AS latest, r.at, r.version, c.revision AS kept, c.doc::text AS doc
       FROM ${SCHEMA}.effective_order h
       LEFT JOIN ${SCHEMA}.revision r ON r.order_id = h.order_id AND r.revision = $2
       LEFT JOIN LATERAL (SELECT revision, doc FROM ${SCHEMA}.checkpoint
                           WHERE order_id = $1 AND revision >= $2 ORDER BY revision LIMIT 1) c ON true
      WHERE h.order_id = $1 AND h.revision > 0`,
    [orderId, revision],
  );
  if (row === undefined) return undefined;
  const { latest, at, version, kept, doc } = row;
  return {
    revision: latest,
    moment: at === null ? undefined : { at: at.toISOString(), version },
    checkpoint: kept === null ? undefined : { revision: kept, order: doc },
  };
}
