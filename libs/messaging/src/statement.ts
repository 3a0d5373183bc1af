/** SQL and its values, made and not sent yet. */
export interface Statement {
  readonly sql: string;
  readonly values: unknown[];
}

/** What takes them: a transaction's manager, or its connection. */
export interface Queries {
  query(sql: string, values: unknown[]): Promise<unknown>;
}

/** Sends statements, none waiting for another: on a connection that pipelines they go out in one piece. @throws what the first that failed came to */
export async function sendAll(tx: Queries, statements: readonly (Statement | undefined)[]): Promise<void> {
  await Promise.all(statements.flatMap((one) => (one === undefined ? [] : [tx.query(one.sql, one.values)])));
}
