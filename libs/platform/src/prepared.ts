import pg from 'pg';
import { coalesceWritesOf, connectionOf } from '#messaging';

/** Statements kept by a connection, at most: each costs PostgreSQL memory. What comes after them is parsed every time. */
const MOST_PREPARED = 500;

const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MOST_PREPARED) return known;
  const name = `s${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** What TypeORM begins a transaction with. */
const BEGIN = 'START TRANSACTION';

/** As pg has it, and for how long PostgreSQL may be silent while an answer is waited for, ms; without it for ever. */
interface PreparingConfig extends pg.ClientConfig {
  readonly silenceMs?: number | undefined;
}

/**
 * A connection for the hot path. It prepares every statement with parameters the first time it is asked to run it: parsing
 * and planning the small ones anew costs more than half of what they take; texts are few, for values are parameters. And
 * what is asked in one turn goes out in one piece, before any of it is answered: a write to a socket wakes PostgreSQL
 * each time, and waiting for it each time is most of what a transaction of ten statements takes. Nothing waits for the
 * beginning of a transaction either: it goes out with the first statement.
 */
export class PreparingClient extends pg.Client {
  /** Whether an answer is waited for. */
  private asked = false;

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
    this.asked = true;
    const [text, values, ...rest] = args;
    if (text === BEGIN) return this.begin() as never;
    const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined;
    const query = super.query as (...given: unknown[]) => never;
    if (name === undefined) return query.apply(this, args);
    const answer = query.call(this, { name, text, values }, ...rest) as Promise<unknown> | undefined;
    answer?.catch((error: Error) => this.giveUpStale(error));
    return answer as never;
  }

  /** What comes next in one that has not begun would stand by itself: the connection is given up then. */
  private begin(): Promise<unknown> {
    const begun = super.query(BEGIN) as Promise<unknown>;
    begun.catch(() => connectionOf(this).stream.destroy());
    return Promise.resolve({ command: BEGIN, rows: [], rowCount: null });
  }

  /** A migration of a newer replica changed what a prepared statement gives: on this connection it fails for ever. */
  private giveUpStale({ message }: Error): void {
    if (message.startsWith('cached plan must not change result type')) connectionOf(this).stream.destroy();
  }
}
