import pg from 'pg';

/** What of pg's connection is used here: it writes one message of the protocol each. */
interface Wire {
  /** Statements that PostgreSQL has prepared, and those it is to prepare before what comes next: texts by name. */
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly unknown[] }): void;
  describe(message: { type: 'P'; name: '' }): void;
  execute(): void;
  sync(): void;
}

/** What pg's client tells the query whose turn it is, and what a query makes of it. */
interface Listener {
  name: string;
  text: string;
  submit(wire: Wire): unknown;
  handleRowDescription(message: Description): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  handleEmptyQuery(wire: Wire): void;
  handleReadyForQuery(wire: Wire): void;
  handleError(error: Error, wire: Wire): void;
}

/** Names and types of the columns that a statement gives. */
interface Description {
  readonly fields: readonly unknown[];
}

/** What is known of the statements that a connection has prepared: their columns by name, `undefined` for none. */
export type Descriptions = Map<string, Description | undefined>;

type Callback = (error: Error | null, result: unknown) => void;

// That a query is pg's own is all that its client asks of one when it pipelines.
const PgQuery = pg.Query as unknown as new (text: string, callback?: Callback) => Listener;
const { prepareValue } = (pg as unknown as { readonly utils: { prepareValue(value: unknown): unknown } }).utils;

interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Collects its rows. */
  readonly listener: Listener;
}

/**
 * Prepared statements that go to PostgreSQL with one Sync behind all of them. PostgreSQL answers whenever it is in sync: with a Sync
 * each, as pg has it, ten statements of a transaction are ten pieces on the way back, each a call of the kernel on
 * either side and, where little is to do, a wake-up. And what columns a statement gives is asked once for each connection.
 *
 * What fails takes what stands behind it with it: PostgreSQL passes over all of that, a COMMIT too (PostgreSQL 15, 55.2.4
 * "Pipelining"). Without a transaction around them they are one.
 */
export class StatementBatch extends PgQuery {
  readonly #statements: Statement[] = [];
  /** How many are done. */
  #done = 0;
  #described: Description | undefined;

  constructor(private readonly descriptions: Descriptions) {
    super('');
  }

  /**
   * Before it is submitted.
   * @returns as pg's `query`, once PostgreSQL has answered all of the batch
   * @throws what a value's `toPostgres` or `toJSON` threw; nothing of this statement is sent then
   */
  add(name: string, text: string, values: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const callback: Callback = (error, result) => (error === null ? resolve(result) : reject(error));
      this.#statements.push({ name, text, values: values.map(prepareValue), listener: new PgQuery(text, callback) });
    });
  }

  override submit(wire: Wire): null {
    const { parsedStatements, submittedNamedStatements } = wire;
    for (const { name, text, values, listener } of this.#statements) {
      if (parsedStatements[name] === undefined && submittedNamedStatements[name] === undefined) {
        wire.parse({ name, text });
        submittedNamedStatements[name] = text;
      }
      wire.bind({ statement: name, values });
      if (!this.descriptions.has(name)) wire.describe({ type: 'P', name: '' });
      const known = this.descriptions.get(name);
      if (known !== undefined) listener.handleRowDescription(known);
      wire.execute();
    }
    wire.sync();
    this.#turn();
    return null;
  }

  override handleRowDescription(message: Description): void {
    this.#described = message;
    this.#current?.listener.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    this.#current?.listener.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    this.#current?.listener.handleCommandComplete(message, wire);
    this.#next();
  }

  override handleEmptyQuery(): void {
    this.#next();
  }

  override handleReadyForQuery(wire: Wire): void {
    for (const { listener } of this.#statements) listener.handleReadyForQuery(wire);
  }

  override handleError(error: Error, wire: Wire): void {
    for (const { listener } of this.#statements.slice(0, this.#done)) listener.handleReadyForQuery(wire);
    for (const { name, listener } of this.#statements.slice(this.#done)) {
      // What was passed over is not prepared.
      delete wire.submittedNamedStatements[name];
      listener.handleError(error, wire);
    }
  }

  get #current(): Statement | undefined {
    return this.#statements[this.#done];
  }

  #next(): void {
    const { name } = this.#current ?? {};
    if (name !== undefined && !this.descriptions.has(name)) this.descriptions.set(name, this.#described);
    this.#described = undefined;
    this.#done += 1;
    this.#turn();
  }

  /** pg's client notes by these what PostgreSQL says to have prepared. */
  #turn(): void {
    this.name = this.#current?.name ?? '';
    this.text = this.#current?.text ?? '';
  }
}
