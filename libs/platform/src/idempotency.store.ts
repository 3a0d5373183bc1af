import { hash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { anyLength, type Statement, sendAll } from '#messaging';
import { lockNames } from './advisory-locks.js';
import { ProblemError } from './problem.js';

/** One remembered POST: the same key and body give the first answer again, another body is refused. */
export interface Remembered {
  readonly scope: string;
  readonly key: string;
  readonly hash: string;
  readonly answer: string;
}

/** Table of remembered `Idempotency-Key`s; `answer` is the id of what the first request made. */
export function idempotencyTableSql(schema: string): string {
  return `CREATE TABLE ${schema}.idempotency_key (
    scope text NOT NULL, key text NOT NULL, hash text NOT NULL, answer text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (scope, key))`;
}

/** What two requests must share to count as the same: method-independent hash of the body, hexadecimal SHA-256. */
export function requestHash(body: unknown): string {
  return hash('sha256', JSON.stringify(body));
}

/** @throws ProblemError 400 where the header is not a usable key (1 to 200 printable characters). */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (/^[\x21-\x7e ]{1,200}$/.test(header)) return header;
  throw new ProblemError(400, 'invalid-header', 'Idempotency-Key must be 1 to 200 printable ASCII characters');
}

/** The remembered answers to these keys; holds the keys' locks until the transaction ends, so that twins wait. */
export async function recallKeys(
  tx: EntityManager,
  schema: string,
  wanted: readonly { scope: string; key: string }[],
): Promise<Remembered[]> {
  if (wanted.length === 0) return [];
  const params = [wanted.map(({ scope }) => scope), wanted.map(({ key }) => key)];
  await lockNames(
    tx,
    wanted.map(({ scope, key }) => `${schema}${scope} ${key}`),
  );
  return tx.query(
    `SELECT i.scope, i.key, i.hash, i.answer FROM unnest(${anyLength('$1')}, $2::text[]) AS w(scope, key)
       JOIN ${schema}.idempotency_key i USING (scope, key)`,
    params,
  );
}

export async function rememberKeys(tx: EntityManager, schema: string, rows: readonly Remembered[]): Promise<void> {
  await sendAll(tx, [rememberKeysStatement(schema, rows)]);
}

/** The statement of `rememberKeys`. */
export function rememberKeysStatement(schema: string, rows: readonly Remembered[]): Statement | undefined {
  if (rows.length === 0) return undefined;
  return {
    sql: `INSERT INTO ${schema}.idempotency_key (scope, key, hash, answer)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
    values: [rows.map((r) => r.scope), rows.map((r) => r.key), rows.map((r) => r.hash), rows.map((r) => r.answer)],
  };
}

export function keyReused(what: string): ProblemError {
  return new ProblemError(
    422,
    'idempotency-key-reused',
    `${what} was used before with another body; use a new one, or send the first body again`,
  );
}
