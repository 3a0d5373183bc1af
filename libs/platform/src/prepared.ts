import pg from 'pg';
import { coalesceWritesOf, connectionOf } from '#messaging';
import { type Descriptions, StatementBatch } from './statement-batch.js';

/** Statements kept by a connection, at most: each costs PostgreSQL memory. What comes after them is parsed every time. */
const MOST_PREPARED = 500;

/** What TypeORM begins a transaction with, and ends one: no values, but no reason either to be answered by themselves. */
const BEGIN = 'START TRANSACTION';
const COMMIT = 'COMMIT';

/** Both by their texts: by that a transaction's end is known on the wire. */
const names = new Map([
  [BEGIN, BEGIN],
  [COMMIT, COMMIT],
]);

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_PREPARED) return known;
  const name = `s${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** As pg has it, and for how long PostgreSQL may be silent while an answer is waited for, ms; without it for ever. */
interface PreparingConfig extends pg.ClientConfig {
  readonly silenceMs?: number | undefined;
}

/**
 * A connection for the hot path. It prepares every statement with parameters the first time it is asked to run it: parsing
 * and planning the small ones anew costs more than half of what they take; texts are few, for values are parameters. And
 * what is asked in one turn goes out in one piece and is answered in one: each piece is a call of the kernel and a wake-up on either
 * side, and waiting for it each time is most of what a transaction of ten statements takes. Nothing waits for the
 * beginning of a transaction either: it goes out with the first statement.
 */
export class PreparingClient extends pg.Client {
  /** Whether an answer is waited for. */
  private asked = false;
  /** What was asked in this turn. */
  private batch: StatementBatch | undefined;
  private readonly descriptions: Descriptions = new Map();

  constructor(config: PreparingConfig) {
    super({ ...config, pipeline: true } as pg.ClientConfig);
    coalesceWritesOf(this);
    this.on('drain', () => {
      this.asked = false;
    });
    if (config.silenceMs !== undefined) this.giveUpAfter(config.silenceMs);
  }

  /**
   * Gives the connection up when PostgreSQL does not answer: without it a query to a server that has vanished (no reset, no answer)
   * waits a quarter of an hour for TCP, and its caller with it. The connection goes with the query, so that an answer that
   * comes late cannot commit what its caller was told is not known. One that nobody asks anything may be silent.
   */
  private giveUpAfter(silenceMs: number): void {
    const socket = connectionOf(this).stream;
    // Not with `setTimeout`: that listens once, and a lull would be the last that it hears of.
    socket.setTimeout(silenceMs).on('timeout', () => {
      if (this.asked) socket.destroy(Object.assign(new Error(`PostgreSQL has not answered for ${silenceMs} ms`), { code: 'ETIMEDOUT' }));
    });
  }

  override query(...args: unknown[]): never {
    const [text, values = [], callback] = args;
    if (text === BEGIN) return this.begin() as never;
    if (typeof text === 'string' && Array.isArray(values) && (values.length > 0 || text === COMMIT) && callback === undefined) {
      const name = nameOf(text);
      if (name !== undefined) return this.ask(name, text, values) as never;
    }
    // What must be asked as pg has it comes behind what was asked before.
    this.sendBatch();
    this.asked = true;
    return (super.query as (...given: unknown[]) => never).apply(this, args);
  }

  override end(...args: unknown[]): never {
    this.sendBatch();
    return (super.end as (...given: unknown[]) => never).apply(this, args);
  }

  /** Has a statement go out with all of this turn. */
  private ask(name: string, text: string, values: readonly unknown[]): Promise<unknown> {
    if (this.batch === undefined) {
      this.batch = new StatementBatch(this.descriptions);
      process.nextTick(() => this.sendBatch());
    }
    const answer = this.batch.add(name, text, values);
    answer.catch((error: Error) => this.giveUpStale(error));
    return answer;
  }

  private sendBatch(): void {
    const { batch } = this;
    if (batch === undefined) return;
    this.batch = undefined;
    this.asked = true;
    super.query(batch);
  }

  /** What comes next in one that has not begun would stand by itself: the connection is given up then. */
  private begin(): Promise<unknown> {
    this.ask(BEGIN, BEGIN, []).catch(() => connectionOf(this).stream.destroy());
    return Promise.resolve({ command: BEGIN, rows: [], rowCount: null });
  }

  /** A migration of a newer replica changed what a prepared statement gives: on this connection it fails for ever. */
  private giveUpStale({ message }: Error): void {
    if (message.startsWith('cached plan must not change result type')) connectionOf(this).stream.destroy();
  }
}
