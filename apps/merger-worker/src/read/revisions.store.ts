import type { EntityManager } from 'typeorm';
import { type Change, formatPath, parsePath, type Revision } from '#order-model';
import { SCHEMA } from '../schema.js';

/** Revisions `from` to `to`, ascending, at most `limit`. */
export async function listRevisions(tx: EntityManager, orderId: string, from: number, to: number, limit: number): Promise<Revision[]> {
  const rows: { body: Revision }[] = await tx.query(
    `SELECT body FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision LIMIT $4`,
    [orderId, from, to, limit],
  );
  return rows.map(({ body }) => body);
}

/** The last revision made at or before an instant (RFC 3339), 0 for none. */
export async function findRevisionAt(tx: EntityManager, orderId: string, at: string): Promise<number> {
  const rows: { revision: number }[] = await tx.query(
    `SELECT revision FROM ${SCHEMA}.revision WHERE order_id = $1 AND at <= $2::timestamptz ORDER BY revision DESC LIMIT 1`,
    [orderId, at],
  );
  return rows[0]?.revision ?? 0;
}

/** The revisions up to `from` that set a path, one above or one below it, newest first, at most `limit`. */
export async function revisionsTouching(
  tx: EntityManager,
  orderId: string,
  path: string,
  from: number,
  limit: number,
): Promise<Revision[]> {
  const tokens = parsePath(path);
  const above = tokens.map((_, length) => formatPath(tokens.slice(0, length)));
  const rows: { body: Revision }[] = await tx.query(
    `SELECT body FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision <= $2
        AND EXISTS (SELECT FROM json_array_elements(body->'delta') AS c
                     WHERE c->>'path' = ANY($3::text[]) OR starts_with(c->>'path', $4))
      ORDER BY revision DESC LIMIT $5`,
    [orderId, from, [...above, path], `${path}/`, limit],
  );
  return rows.map(({ body }) => body);
}

const CHUNK = 500;

/** The ranges of a walk back from one revision to another, a chunk each; none where the other is not before it. */
function* chunksBack(from: number, to: number): Generator<{ least: number; most: number }> {
  for (let most = from; most >= to; most -= CHUNK) yield { least: Math.max(to, most - CHUNK + 1), most };
}

/** Streams revisions back from `from` to `to`, a chunk in memory at a time. */
export async function* revisionsBack(tx: EntityManager, orderId: string, from: number, to: number): AsyncGenerator<Revision> {
  for (const { least, most } of chunksBack(from, to)) yield* (await listRevisions(tx, orderId, least, most, CHUNK)).reverse();
}

/** As `revisionsBack`, a chunk of deltas at a time and nothing else of the revisions. */
export async function* deltasBack(tx: EntityManager, orderId: string, from: number, to: number): AsyncGenerator<(readonly Change[])[]> {
  for (const { least, most } of chunksBack(from, to)) {
    const rows: { delta: Change[] }[] = await tx.query(
      `SELECT body->'delta' AS delta FROM ${SCHEMA}.revision WHERE order_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision DESC`,
      [orderId, least, most],
    );
    yield rows.map(({ delta }) => delta);
  }
}
