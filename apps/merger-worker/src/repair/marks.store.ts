import type { EntityManager } from 'typeorm';
import type { Line } from '../merge/input-line.js';
import { SCHEMA } from '../schema.js';

/**
 * Takes the turn to compare a line's heads, of which there is one for all replicas.
 * @param now when it begins; the turn before must have begun at `dueBefore` or earlier, or after now: by a clock that was
 * ahead and has been set back, which would else stop the comparing for as long
 * @returns since when heads are to be compared, null for all; `undefined` if it is nobody's turn yet
 */
export async function takeTurn(tx: EntityManager, line: Line, now: Date, dueBefore: Date): Promise<string | null | undefined> {
  const rows: { since: Date | null }[] = await tx.query(
    `INSERT INTO ${SCHEMA}.reconciliation AS r (line, began) VALUES ($1, $2)
     ON CONFLICT (line) DO UPDATE SET began = excluded.began WHERE r.began <= $3 OR r.began > $2 RETURNING since`,
    [line, now, dueBefore],
  );
  return rows[0] === undefined ? undefined : (rows[0].since?.toISOString() ?? null);
}

/** All heads of a line that changed before this instant of its owner's clock are merged. */
export async function putMark(tx: EntityManager, line: Line, since: string): Promise<void> {
  await tx.query(`UPDATE ${SCHEMA}.reconciliation SET since = greatest(since, $2::timestamptz) WHERE line = $1`, [line, since]);
}
