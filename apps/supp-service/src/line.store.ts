import type { EntityManager } from 'typeorm';
import { anyLength, intArray, type Statement, textArray } from '#messaging';
import type { OrderState } from '#order-model';
import type { Line } from './line.js';
import { SCHEMA } from './schema.js';

/** Makes sure that these orders have a line: they exist, as order-service says, or may exist. */
export async function openLines(tx: EntityManager, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await tx.query(`INSERT INTO ${SCHEMA}.order_line (order_id) SELECT unnest($1::text[]) AS id ORDER BY id ON CONFLICT DO NOTHING`, [
    textArray(orderIds),
  ]);
}

interface Row {
  readonly order_id: string;
  readonly last_sequence: number;
  readonly last_place: number;
  readonly accepted: number;
  readonly accepted_after_confirmation: number;
  readonly waiting: number;
  readonly state: OrderState | null;
  readonly due_date: string | null;
}

/** Locks the orders' lines in id order (all writers do: no deadlock), and reads them. */
export async function lockLines(tx: EntityManager, orderIds: readonly string[]): Promise<Map<string, Line>> {
  const rows: Row[] = await tx.query(
    `SELECT order_id, last_sequence, last_place, accepted, accepted_after_confirmation, waiting, state, due_date
       FROM ${SCHEMA}.order_line WHERE order_id = ANY(${anyLength('$1')}) ORDER BY order_id FOR UPDATE`,
    [textArray(orderIds)],
  );
  return new Map(
    rows.map((row) => [
      row.order_id,
      {
        lastSequence: row.last_sequence,
        lastPlace: row.last_place,
        accepted: row.accepted,
        acceptedAfterConfirmation: row.accepted_after_confirmation,
        waiting: row.waiting,
        state: row.state ?? undefined,
        dueDate: row.due_date ?? undefined,
      },
    ]),
  );
}

/** Writes what supplements did to their orders' lines; the lines are locked. State and due date are their followers'. */
export function linesStatement(lines: ReadonlyMap<string, Line>): Statement | undefined {
  if (lines.size === 0) return undefined;
  const rows = [...lines.values()];
  return {
    sql: `UPDATE ${SCHEMA}.order_line l
        SET last_sequence = n.sequence, last_place = n.place, accepted = n.accepted, accepted_after_confirmation = n.confirmed,
            waiting = n.waiting,
            changed_at = CASE WHEN l.last_sequence = n.sequence THEN l.changed_at ELSE date_trunc('minute', now()) END
       FROM unnest(${anyLength('$1')}, $2::int[], $3::int[], $4::int[], $5::int[], $6::int[])
         AS n(order_id, sequence, place, accepted, confirmed, waiting)
      WHERE l.order_id = n.order_id`,
    values: [
      textArray([...lines.keys()]),
      intArray(rows.map((line) => line.lastSequence)),
      intArray(rows.map((line) => line.lastPlace)),
      intArray(rows.map((line) => line.accepted)),
      intArray(rows.map((line) => line.acceptedAfterConfirmation)),
      intArray(rows.map((line) => line.waiting)),
    ],
  };
}
