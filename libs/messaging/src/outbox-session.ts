import pg from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { coalesceWritesOf } from './coalesced-writes.js';
import { moveSql } from './event-log.js';
import { LOOK_UP_BY_KEY } from './look-up-by-key.js';
import { outboxTable } from './outbox.js';
import { connectionOf } from './pg-connection.js';
import { ATTRIBUTES, attributesOf, companionMessage, type OutboxRow, type StoredAttributes } from './stored-event.js';
import { within } from './waiting.js';
import { WrittenRows } from './written-rows.js';

/** A black-holed PostgreSQL is noticed after this long; no statement of the relay needs more. */
const QUERY_TIMEOUT_MS = 15_000;

/** Of the bodies of one scan, compressed as they are stored. */
const SCAN_BYTES = 4 * 1024 * 1024;

interface StoredRow extends StoredAttributes {
  readonly seq: string;
  readonly routing_key: string;
  readonly body: string;
}

/**
 * A PostgreSQL connection of the relay's own that holds the lock "I publish this schema's outbox". Scans and deletes go
 * over the same connection, so a relay that has lost its lock can neither read nor delete another row.
 */
export class OutboxSession {
  readonly #client: pg.Client;
  readonly #table: string;
  readonly #lose: (error?: Error) => void;
  #lost: Error | undefined;

  #last: Promise<unknown> = Promise.resolve();
  #pinging: NodeJS.Timeout | undefined;

  private constructor(
    client: pg.Client,
    private readonly schema: string,
    onLost: () => void,
  ) {
    this.#client = client;
    this.#table = outboxTable(schema);
    this.#lose = (error) => {
      if (this.#lost) return;
      this.#lost = error ?? new Error('PostgreSQL closed the connection');
      clearInterval(this.#pinging);
      onLost();
    };
    client.on('error', this.#lose);
    client.on('end', () => this.#lose());
  }

  /**
   * Connects with the data source's settings.
   * @param leaseMs PostgreSQL ends the session, and with it the lock, when it hears nothing for so long: a frozen process
   * or a cut network would keep the others from publishing until TCP gives up, or for ever
   * @param onLost called once, when the connection is gone
   */
  static async open(dataSource: DataSource, schema: string, leaseMs: number, onLost: () => void): Promise<OutboxSession> {
    const client = new pg.Client({
      ...clientSettings(dataSource.options),
      application_name: `${schema}-outbox-relay`,
      keepAlive: true,
      query_timeout: QUERY_TIMEOUT_MS,
      connectionTimeoutMillis: 10_000,
    });
    coalesceWritesOf(client);
    const session = new OutboxSession(client, schema, onLost);
    try {
      await client.connect();
      await session.#query({ text: `SELECT set_config('idle_session_timeout', $1, false)`, values: [String(leaseMs)] });
      await session.#query({ text: LOOK_UP_BY_KEY });
      session.#pinging = setInterval(() => void session.#query({ text: 'SELECT' }).catch(() => undefined), leaseMs / 4);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Tries to become the one that publishes. Asked again and again rather than waited for: a statement waiting for a
   * lock holds a snapshot, and vacuum would keep every row of the outbox deleted meanwhile.
   */
  async tryLead(): Promise<boolean> {
    const [answer] = await this.#query<{ led: boolean }>({
      text: 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS led',
      values: [`outbox-relay:${this.schema}`],
    });
    return answer?.led === true;
  }

  /**
   * The oldest rows still there, by `seq`. No cursor: `seq > last` lost 2,164 of 10,641 rows, the scan none.
   * @param limit rows at most; fewer where they are large: 4 MiB of those that are read, as stored, or one
   * @param inHand `seq` of rows that are being published or deleted; looked up in a hash, which `<> ALL` of a parameter is not
   * @param heldSubjects subjects to leave alone for now
   * @param written what this process has committed: that a row is there is read, what it says is taken from here
   * @returns `more`: there may be others at once
   */
  async scan(
    limit: number,
    inHand: string[],
    heldSubjects: string[],
    written = new WrittenRows(),
  ): Promise<{ rows: OutboxRow[]; more: boolean }> {
    written.beginScan();
    const found = await this.#query<{ seq: string; id: string }>({
      name: 'outbox-scan',
      text: `SELECT seq, id FROM ${this.#table} WHERE seq NOT IN (SELECT unnest($2::bigint[])) AND subject <> ALL ($3::text[])
             ORDER BY seq LIMIT $1`,
      values: [limit, inHand, heldSubjects],
    });
    const unknown = found.filter(({ id }) => !written.has(id)).map(({ seq }) => seq);
    const read = unknown.length === 0 ? undefined : await this.#read(unknown);
    const rows: OutboxRow[] = [];
    for (const { seq, id } of found) {
      const known = read?.get(seq) ?? written.take(seq, id);
      // What is not read yet must not be overtaken.
      if (known === undefined) break;
      rows.push(known);
    }
    const more = rows.length < found.length || found.length >= limit;
    written.endScan(more);
    return { rows, more };
  }

  /** The oldest of these rows, by `seq`. */
  async #read(seqs: string[]): Promise<Map<string, OutboxRow>> {
    const stored = await this.#query<StoredRow>({
      name: 'outbox-read',
      text: `SELECT seq, routing_key, data::text AS body, ${ATTRIBUTES}
             FROM (SELECT *, sum(pg_column_size(data)) OVER (ORDER BY seq) - pg_column_size(data) AS before
                   FROM ${this.#table} WHERE seq = ANY ($1::bigint[])) AS weighed
             WHERE before < ${SCAN_BYTES}`,
      values: [seqs],
    });
    return new Map(stored.map((row) => [row.seq, toOutboxRow(row)]));
  }

  async delete(seqs: string[]): Promise<void> {
    await this.#query({
      name: 'outbox-delete',
      text: `DELETE FROM ${this.#table} WHERE seq = ANY ($1::bigint[])`,
      values: [seqs],
    });
  }

  /** Takes rows out of the outbox and puts them into the event log, but for those of these types. */
  async move(seqs: string[], unkept: readonly string[]): Promise<void> {
    await this.#query({ name: 'outbox-move', text: moveSql(this.schema), values: [seqs, unkept] });
  }

  /** One statement after the other: pg takes no second one before the first is answered, from 9 on. */
  #query<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<R[]> {
    const answer = this.#last.then(() => this.#ask<R>(query));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<R[]> {
    try {
      return (await this.#client.query<R>(query)).rows;
    } catch (error) {
      // An error without an SQLSTATE is the connection's: what comes after it on this one never answers.
      if ((error as { code?: unknown }).code === undefined) {
        this.#lose(error as Error);
        void this.close();
      }
      throw error;
    }
  }

  /** Ends the connection and with it the lock. */
  async close(): Promise<void> {
    clearInterval(this.#pinging);
    await within(
      2_000,
      this.#client.end().catch(() => undefined),
    );
    // A server that went silent never answers the goodbye; the socket would keep the process alive until TCP gives up.
    connectionOf(this.#client).stream.destroy();
  }
}

function toOutboxRow(row: StoredRow): OutboxRow {
  const { seq, subject, companion } = row;
  const message = { routingKey: row.routing_key, event: attributesOf(row), body: Buffer.from(row.body) };
  if (companion === null) return { seq, subject, messages: [message] };
  return { seq, subject, messages: [message, companionMessage(message.event, companion)] };
}

/** What of a TypeORM data source's settings says where the server is and who logs in. */
function clientSettings(options: DataSourceOptions): pg.ClientConfig {
  if (options.type !== 'postgres') throw new TypeError(`the outbox is in PostgreSQL, not in ${options.type}`);
  const master = options.replication?.master ?? options;
  const settings: Record<string, unknown> = {
    ...(options.extra as object | undefined),
    connectionString: master.url,
    host: master.host,
    port: master.port,
    user: master.username,
    password: master.password,
    database: master.database,
    ssl: master.ssl,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
