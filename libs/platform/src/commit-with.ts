import type { DataSource, EntityManager } from 'typeorm';
import { type Queries, type Statement, sendAll } from '#messaging';

/** What a transaction came to, and the statements that end it. */
export interface Ending<R> {
  readonly result: R;
  readonly last: readonly (Statement | undefined)[];
}

/**
 * A transaction that sends its last statements and its COMMIT in one piece, and waits once for all of them: one way to PostgreSQL and
 * back less, and one wake-up on either side. Each statement is made before any is sent, so what can fail then fails at PostgreSQL, which
 * passes over the COMMIT behind it.
 * @param work reads, decides, and gives the statements that write; it sends none of those itself
 * @throws what `work` or the first statement that failed came to; nothing is stored then
 */
export async function commitWith<R>(database: DataSource, work: (tx: EntityManager) => Promise<Ending<R>>): Promise<R> {
  const runner = database.createQueryRunner();
  try {
    await runner.startTransaction();
    const { result, last } = await work(runner.manager);
    // Past what TypeORM does around each statement: nobody reads what these give.
    const connection: Queries = await runner.connect();
    const answers = await Promise.allSettled([sendAll(connection, last), runner.commitTransaction()]);
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    return result;
  } catch (error) {
    // That fails on a connection that is lost, whose transaction ends with it.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}
