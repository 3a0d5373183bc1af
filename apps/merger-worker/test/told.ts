import type { DataSource } from 'typeorm';
import type { Companion } from '#messaging';
import { SCHEMA } from '../src/schema.js';

/** What is in the outbox of one order, in the order in which it will be told. */
export async function toldOf(store: DataSource, orderId: string): Promise<Pick<Companion, 'type' | 'sequence' | 'data'>[]> {
  const rows: { type: string; sequence: string; data: unknown; companion: Companion | null }[] = await store.query(
    `SELECT type, sequence, data, companion FROM ${SCHEMA}.outbox WHERE subject = $1 ORDER BY seq`,
    [orderId],
  );
  return rows.flatMap(({ type, sequence, data, companion }) => [
    { type, sequence: Number(sequence), data },
    ...(companion === null ? [] : [{ type: companion.type, sequence: companion.sequence, data: companion.data }]),
  ]);
}
