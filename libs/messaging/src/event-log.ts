import type { DataSource } from 'typeorm';
import { type CloudEventAttributes, structuredHead } from './cloud-event.js';
import { outboxTable } from './outbox.js';
import { ATTRIBUTES, attributesOf, companionAttributes, type StoredAttributes } from './stored-event.js';

/** Rows looked at for one page of a rare type: a few ms; a page may come out empty and still lead on. */
const MOST_LOOKED_AT = 10_000;

/** The quoted name of a schema's event log. @throws RangeError if the schema is no plain identifier */
export function eventLogTable(schema: string): string {
  return outboxTable(schema).replace(/outbox$/, 'event_log');
}

const markTable = (schema: string): string => `${eventLogTable(schema)}_trimmed`;

/**
 * The DDL of a schema's event log, for a migration: what was published, in the order of `position`, and up to where the
 * oldest was deleted, so that a reader who comes too late can be told so even when nothing is left.
 *
 * `json`, not `jsonb`: an event reads as it was published, to the letter. A companion has the position behind its event's.
 */
export function eventLogTablesSql(schema: string): string {
  const log = eventLogTable(schema);
  return `CREATE TABLE ${log} (
  position bigint GENERATED ALWAYS AS IDENTITY (INCREMENT BY 2) PRIMARY KEY,
  id text NOT NULL,
  type text NOT NULL,
  subject text NOT NULL,
  partitionkey text NOT NULL,
  sequence bigint NOT NULL,
  time timestamptz NOT NULL,
  source text NOT NULL,
  data json NOT NULL,
  traceparent text,
  companion json,
  published_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX event_log_subject ON ${log} (subject, position);
CREATE TABLE ${markTable(schema)} (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  position bigint NOT NULL
);
INSERT INTO ${markTable(schema)} (position) VALUES (0)`;
}

/** The DDL by which a log of before events had companions gets a place for them, for a migration. */
export function eventLogCompanionSql(schema: string): string {
  return `ALTER TABLE ${eventLogTable(schema)} ADD COLUMN IF NOT EXISTS companion json, ALTER COLUMN position SET INCREMENT BY 2`;
}

/** The last position that a row tells of. */
const LAST = 'position + CASE WHEN companion IS NULL THEN 0 ELSE 1 END';

/**
 * Moves rows from the outbox to the log, in one statement; `$1` is their `seq`, `$2` the types of those that are not kept, with their companions.
 *
 * Why `position > last` may be trusted as a cursor here, and `seq > last` on the outbox may not: positions are given by
 * one session at a time, the relay's, one statement after the other, so that they commit in the order in which they were
 * given. Nor can a relay that has lost its lock break that, even in the middle of this statement: the lock is the
 * session's, and PostgreSQL gives it back only when the session ends, after the statement has been committed or undone
 * (`ShutdownPostgres` aborts what is open before it releases the locks). Whoever leads next gives later positions after
 * that. What was undone is still in the outbox and has taken positions that nobody ever sees: positions have holes.
 */
export function moveSql(schema: string): string {
  return `WITH moved AS (DELETE FROM ${outboxTable(schema)} WHERE seq = ANY ($1::bigint[]) RETURNING seq, data, ${ATTRIBUTES})
    INSERT INTO ${eventLogTable(schema)} (data, ${ATTRIBUTES}) SELECT data, ${ATTRIBUTES} FROM moved WHERE type <> ALL ($2::text[]) ORDER BY seq`;
}

/** A published event. */
export interface KeptEvent {
  readonly position: number;
  readonly type: string;
  readonly subject: string;
  /** The CloudEvent in the JSON format of CloudEvents 1.0, `position` beside its attributes, `data` to the letter. */
  readonly json: string;
}

/** Which events are wanted: all, those of a subject, those of some types (full). */
export interface LogFilter {
  readonly subject?: string;
  readonly types?: readonly string[];
}

/** Where the log begins and ends. Both only grow. */
export interface LogBounds {
  /** The last position that was deleted, 0 if none was. */
  readonly trimmed: number;
  /** The last position given; `trimmed` if nothing is kept. */
  readonly head: number;
}

export interface LogPage extends LogBounds {
  readonly events: readonly KeptEvent[];
  /** The position to go on from: all up to it that was asked for is in `events`. */
  readonly next: number;
  /** There is more behind `next` already. */
  readonly more: boolean;
}

interface Row extends StoredAttributes {
  readonly trimmed: string;
  readonly head: string;
  readonly looks: string;
  readonly looked: string | null;
  /** `null` where nothing was found. */
  readonly position: string | null;
  readonly body: string;
}

/** Reads and trims a schema's event log. */
export class EventLog {
  readonly #log: string;
  readonly #mark: string;

  constructor(
    private readonly dataSource: DataSource,
    schema: string,
  ) {
    this.#log = eventLogTable(schema);
    this.#mark = markTable(schema);
  }

  /**
   * The next events, in order. Looks at no more than 10,000: so a filter that finds little does not read the whole log.
   * @param after the position to go on from; `undefined`: from the oldest kept. Below `trimmed` of the answer, something is missing
   */
  async page(after: number | undefined, limit: number, filter: LogFilter = {}): Promise<LogPage> {
    const { subject, types } = filter;
    // One of them may be that of `after` itself, read for its companion.
    const wanted = limit + 2;
    const most = types === undefined ? wanted : MOST_LOOKED_AT;
    // One statement, one snapshot: what is told of the bounds is true of the rows.
    const rows = await this.dataSource.query<Row[]>(
      `WITH mark AS (
         SELECT position AS trimmed, greatest(position, (SELECT ${LAST} FROM ${this.#log} ORDER BY position DESC LIMIT 1)) AS head FROM ${this.#mark}
       ), looked AS MATERIALIZED (
         SELECT position, type, companion->>'type' AS companion_type, ${LAST} AS last FROM ${this.#log}
          WHERE position >= coalesce($1::bigint, (SELECT trimmed FROM mark)) ${subject === undefined ? '' : 'AND subject = $5'}
          ORDER BY position LIMIT $2
       ), found AS (
         SELECT position FROM looked WHERE $4::text[] IS NULL OR type = ANY ($4) OR companion_type = ANY ($4) ORDER BY position LIMIT $3
       )
       SELECT mark.*, (SELECT count(*) FROM looked) AS looks, (SELECT max(last) FROM looked) AS looked,
              event.position, data::text AS body, ${ATTRIBUTES}
         FROM mark LEFT JOIN (found JOIN ${this.#log} AS event USING (position)) ON true ORDER BY event.position`,
      [after ?? null, most, wanted, types ?? null, ...(subject === undefined ? [] : [subject])],
    );
    const [first] = rows;
    if (first === undefined) throw new Error(`${this.#mark} is empty; restore its one row`);
    const [trimmed, head] = [Number(first.trimmed), Number(first.head)];
    const found = rows.flatMap(keptEvents).filter(({ position, type }) => position > (after ?? trimmed) && types?.includes(type) !== false);
    const events = found.slice(0, limit);
    if (found.length > limit) return { events, next: events.at(-1)?.position ?? trimmed, more: true, trimmed, head };
    const all = Number(first.looks) < most;
    return { events, next: all ? Math.max(after ?? 0, head) : Number(first.looked), more: !all, trimmed, head };
  }

  async bounds(): Promise<LogBounds> {
    const { trimmed, head } = await this.page(Number.MAX_SAFE_INTEGER, 1);
    return { trimmed, head };
  }

  /**
   * Deletes the oldest events up to the first that is kept, and notes how far. Another replica that is at it is left to it.
   * @param keptMs events that were published longer ago are deleted; by the clock of PostgreSQL, which has stamped them
   * @param most of them at once
   * @returns how many were deleted
   */
  trim(keptMs: number, most: number): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      // From the mark on: walking over the dead rows of the last times would cost more each time.
      const [mark] = await tx.query<{ position: string }[]>(`SELECT position FROM ${this.#mark} FOR UPDATE SKIP LOCKED`);
      if (mark === undefined) return 0;
      const [old] = await tx.query<{ upto: string | null }[]>(
        `SELECT max(last) AS upto FROM (
           SELECT ${LAST} AS last, bool_and(published_at < now() - make_interval(secs => $3)) OVER (ORDER BY position) AS old
             FROM (SELECT position, companion, published_at FROM ${this.#log} WHERE position > $1 ORDER BY position LIMIT $2) AS oldest
         ) AS judged WHERE old`,
        [mark.position, most, keptMs / 1_000],
      );
      if (old === undefined || old.upto === null) return 0;
      await tx.query(`UPDATE ${this.#mark} SET position = $1`, [old.upto]);
      const [, deleted] = await tx.query<[unknown, number]>(`DELETE FROM ${this.#log} WHERE position > $1 AND position <= $2`, [
        mark.position,
        old.upto,
      ]);
      return deleted;
    });
  }
}

function keptEvents(row: Row): KeptEvent[] {
  if (row.position === null) return [];
  const { companion, body } = row;
  const [event, position] = [attributesOf(row), Number(row.position)];
  const kept = [keptEvent(event, position, body)];
  if (companion !== null) kept.push(keptEvent(companionAttributes(event, companion), position + 1, JSON.stringify(companion.data)));
  return kept;
}

function keptEvent(attributes: CloudEventAttributes, position: number, body: string): KeptEvent {
  const { type, subject } = attributes;
  return { position, type, subject, json: `${structuredHead({ ...attributes, position })}${body}}` };
}
