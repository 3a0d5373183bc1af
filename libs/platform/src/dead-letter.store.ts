import type { EntityManager } from 'typeorm';
import type { DeadLetter, Redrivable } from '#messaging';

/** waiting: for an operator; redriven: back in its queue; discarded: an operator has said why it is not needed. */
export type DeadLetterState = 'waiting' | 'redriven' | 'discarded';

/** Tables of what consumers gave up, and of what operators did about it. */
export function deadLetterTablesSql(schema: string): string {
  return `CREATE TABLE ${schema}.dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The same message given up again while nobody has redriven it is the same letter.
    tag text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'redriven', 'discarded')),
    queue text NOT NULL,
    reason text NOT NULL,
    exchange text NOT NULL,
    routing_key text NOT NULL,
    message_id text,
    subject text,
    redrive_of text,
    died_at timestamptz NOT NULL,
    copies int NOT NULL DEFAULT 1,
    decided_at timestamptz,
    decided_by text,
    decision_reason text,
    properties json NOT NULL,
    -- json, not jsonb: it takes whatever a message may hold.
    headers json NOT NULL,
    body bytea NOT NULL
  );
  CREATE INDEX dead_letter_state ON ${schema}.dead_letter (state, id);
  CREATE TABLE ${schema}.dead_letter_action (
    letter_id bigint NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    action text NOT NULL,
    reason text
  );
  CREATE INDEX dead_letter_action_of ON ${schema}.dead_letter_action (letter_id, at)`;
}

/** A letter without what may be large. */
export interface DeadLetterView {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly queue: string;
  readonly reason: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId?: string;
  readonly subject?: string;
  /** Id of the letter that was redriven and failed again as this one. */
  readonly redriveOf?: string;
  readonly diedAt: string;
  /** How often the same message was given up. */
  readonly copies: number;
  /** Size of its body. */
  readonly bytes: number;
  readonly decidedAt?: string;
  readonly decidedBy?: string;
  readonly decisionReason?: string;
}

/** What an operator did about a letter. */
export interface DeadLetterAction {
  readonly at: string;
  readonly by: string;
  readonly action: 'redrive' | 'discard';
  readonly reason?: string;
}

interface Row {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly queue: string;
  readonly reason: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly message_id: string | null;
  readonly subject: string | null;
  readonly redrive_of: string | null;
  readonly died_at: Date;
  readonly copies: number;
  readonly bytes: number;
  readonly decided_at: Date | null;
  readonly decided_by: string | null;
  readonly decision_reason: string | null;
}

const COLUMNS = `id, state, queue, reason, exchange, routing_key, message_id, subject, redrive_of, died_at, copies,
  octet_length(body) AS bytes, decided_at, decided_by, decision_reason`;

function view(row: Row): DeadLetterView {
  return {
    id: row.id,
    state: row.state,
    queue: row.queue,
    reason: row.reason,
    exchange: row.exchange,
    routingKey: row.routing_key,
    ...(row.message_id === null ? {} : { messageId: row.message_id }),
    ...(row.subject === null ? {} : { subject: row.subject }),
    ...(row.redrive_of === null ? {} : { redriveOf: row.redrive_of }),
    diedAt: row.died_at.toISOString(),
    copies: row.copies,
    bytes: row.bytes,
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at.toISOString() }),
    ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
    ...(row.decision_reason === null ? {} : { decisionReason: row.decision_reason }),
  };
}

/**
 * Stores a letter. One that is there already only counts as a copy; if it died after an operator had decided about it,
 * it waits for one again.
 */
export async function keepDeadLetter(tx: EntityManager, schema: string, letter: DeadLetter): Promise<void> {
  await tx.query(
    `INSERT INTO ${schema}.dead_letter AS known
       (tag, queue, reason, exchange, routing_key, message_id, subject, redrive_of, died_at, properties, headers, body)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::json, $11::json, $12)
     ON CONFLICT (tag) DO UPDATE SET copies = known.copies + 1, reason = EXCLUDED.reason, died_at = EXCLUDED.died_at,
       state = CASE WHEN EXCLUDED.died_at > known.decided_at THEN 'waiting' ELSE known.state END`,
    [
      letter.tag,
      letter.queue,
      letter.reason,
      letter.exchange,
      letter.routingKey,
      letter.messageId ?? null,
      letter.subject ?? null,
      letter.redriveOf ?? null,
      letter.diedAt,
      JSON.stringify(letter.properties),
      JSON.stringify(letter.headers),
      letter.content,
    ],
  );
}

/** Which letters are meant; none of it: all. */
export interface DeadLetterFilter {
  readonly state?: DeadLetterState | undefined;
  readonly queue?: string | undefined;
  readonly subject?: string | undefined;
  /** A part of the reason, as it is written. */
  readonly reason?: string | undefined;
}

function where({ state, queue, subject, reason }: DeadLetterFilter, bind: (value: unknown) => string): string[] {
  return [
    ...(state === undefined ? [] : [`state = ${bind(state)}`]),
    ...(queue === undefined ? [] : [`queue = ${bind(queue)}`]),
    ...(subject === undefined ? [] : [`subject = ${bind(subject)}`]),
    ...(reason === undefined ? [] : [`strpos(reason, ${bind(reason)}) > 0`]),
  ];
}

/** Letters, newest first, before the one with the id `before` (0: from the newest), at most `limit`. */
export async function listDeadLetters(
  tx: EntityManager,
  schema: string,
  filter: DeadLetterFilter,
  before: number,
  limit: number,
): Promise<DeadLetterView[]> {
  const params: unknown[] = [limit];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  const conditions = [...where(filter, bind), ...(before > 0 ? [`id < ${bind(before)}`] : [])];
  const rows: Row[] = await tx.query(
    `SELECT ${COLUMNS} FROM ${schema}.dead_letter ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
      ORDER BY id DESC LIMIT $1`,
    params,
  );
  return rows.map(view);
}

/** Ids of letters that wait, oldest first, after `after` up to `last`, at most `limit`. */
export async function waitingIds(
  tx: EntityManager,
  schema: string,
  filter: DeadLetterFilter,
  { after, last, limit }: { after: string; last: string; limit: number },
): Promise<string[]> {
  const params: unknown[] = [after, last, limit];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  const rows: { id: string }[] = await tx.query(
    `SELECT id FROM ${schema}.dead_letter
      WHERE ${['id > $1', 'id <= $2', ...where({ ...filter, state: 'waiting' }, bind)].join(' AND ')} ORDER BY id LIMIT $3`,
    params,
  );
  return rows.map(({ id }) => id);
}

/** Id of the newest letter, '0' where there is none. */
export async function newestId(tx: EntityManager, schema: string): Promise<string> {
  const [row]: { id: string | null }[] = await tx.query(`SELECT max(id) AS id FROM ${schema}.dead_letter`);
  return row?.id ?? '0';
}

/** A letter with what it carries. */
export interface WholeDeadLetter extends DeadLetterView {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, string>>;
  /** The first bytes of its body. */
  readonly start: Buffer;
  readonly actions: readonly DeadLetterAction[];
}

/** One letter with the first `most` bytes of its body and what was done about it, oldest first. */
export async function readStoredLetter(tx: EntityManager, schema: string, id: string, most: number): Promise<WholeDeadLetter | undefined> {
  const [row]: (Row & Pick<WholeDeadLetter, 'headers' | 'properties' | 'start'>)[] = await tx.query(
    `SELECT ${COLUMNS}, headers, properties, substring(body FOR $2) AS start FROM ${schema}.dead_letter WHERE id = $1`,
    [id, most],
  );
  if (row === undefined) return undefined;
  const actions: { at: Date; by: string; action: DeadLetterAction['action']; reason: string | null }[] = await tx.query(
    `SELECT at, by, action, reason FROM ${schema}.dead_letter_action WHERE letter_id = $1 ORDER BY at LIMIT 1000`,
    [id],
  );
  return {
    ...view(row),
    headers: row.headers,
    properties: row.properties,
    start: row.start,
    actions: actions.map(({ at, reason, ...rest }) => ({ at: at.toISOString(), ...rest, ...(reason === null ? {} : { reason }) })),
  };
}

/** What goes out when the letter is redriven, and how it stands. */
export async function readRedrivable(
  tx: EntityManager,
  schema: string,
  id: string,
): Promise<(Redrivable & { state: DeadLetterState }) | undefined> {
  const [row]: (Omit<Redrivable, 'content'> & { body: Buffer; state: DeadLetterState })[] = await tx.query(
    `SELECT id, state, queue, headers, properties, body FROM ${schema}.dead_letter WHERE id = $1`,
    [id],
  );
  if (row === undefined) return undefined;
  const { body, ...letter } = row;
  return { ...letter, content: body };
}

/** What an operator decides about a letter. */
export interface Decision {
  readonly action: DeadLetterAction['action'];
  readonly at: string;
  readonly by: string;
  readonly reason?: string | undefined;
}

/**
 * Writes a decision into the letter, where it still is in one of the states `from`, and beside it for good.
 * @returns whether it was
 */
export async function decide(
  tx: EntityManager,
  schema: string,
  id: string,
  { action, at, by, reason }: Decision,
  from: readonly DeadLetterState[],
): Promise<boolean> {
  const state: DeadLetterState = action === 'redrive' ? 'redriven' : 'discarded';
  const [{ count } = { count: '0' }]: { count: string }[] = await tx.query(
    `WITH decided AS (
       UPDATE ${schema}.dead_letter SET state = $2, decided_at = $4, decided_by = $5, decision_reason = $6
        WHERE id = $1 AND state = ANY ($7::text[]) RETURNING id),
     noted AS (
       INSERT INTO ${schema}.dead_letter_action (letter_id, at, by, action, reason)
       SELECT id, $4, $5, $3, $6 FROM decided RETURNING letter_id)
     SELECT count(*) AS count FROM noted`,
    [id, state, action, at, by, reason ?? null, from],
  );
  return count !== '0';
}
