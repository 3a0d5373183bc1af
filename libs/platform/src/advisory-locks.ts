import type { EntityManager } from 'typeorm';

/** Takes the locks of these names until the transaction ends, in one order whatever theirs is: nobody deadlocks. */
export async function lockNames(tx: EntityManager, names: readonly string[]): Promise<void> {
  await tx.query(
    `SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended(name, 0) AS h
       FROM unnest($1::text[]) AS name ORDER BY h) locks`,
    [names],
  );
}
