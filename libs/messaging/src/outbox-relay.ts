import type { DataSource } from 'typeorm';
import type { RabbitMqConnection } from './connection.js';
import type { PublishRules } from './departures.js';
import { HeldSubjects } from './held-subjects.js';
import { defaultLogger, type MessagingLogger } from './logger.js';
import { outboxTable } from './outbox.js';
import { OutboxPump } from './outbox-pump.js';
import { OutboxSession } from './outbox-session.js';
import type { WrittenRow } from './stored-event.js';
import { shortType, type Topology } from './topology.js';
import { GrowingWait, pause, unlessAborted } from './waiting.js';

const DRAIN_MS = 5_000;
const COUNT_LIMIT = 10_000;

/** What an `OutboxRelay` is made from. */
export interface OutboxRelayOptions {
  readonly dataSource: DataSource;
  readonly schema: string;
  readonly connection: RabbitMqConnection;
  readonly topology: Topology;
  readonly logger?: MessagingLogger;
  /** How long to wait for a nudge before looking anyway; 250 ms. */
  readonly pollMs?: number;
  /** Rows a scan; 500 (27,000 events/s against 750 one by one). */
  readonly batch?: number;
  /** Rows in hand at most; 1,000. */
  readonly window?: number;
  /** Types of events, short, that may find no subscriber; any other waits for one, and its subject with it. */
  readonly unheard?: readonly string[];
  /** Types of events, short, that are published in batches too; each waits for a subscriber to those, and its subject with it. */
  readonly batched?: readonly string[];
  /** Move what is published to the schema's event log instead of deleting it. */
  readonly keep?: boolean;
  /** Types of events, full, that are not kept there: told on the broker and nowhere else. */
  readonly unkept?: readonly string[];
  /** How long PostgreSQL keeps the lock for a replica that has gone silent (frozen, cut off); 15 s. */
  readonly leaseMs?: number;
}

/** How an outbox stands. */
export interface OutboxStatus {
  /** Events waiting; what it was asked to count to means "at least". */
  readonly rows: number;
  /** Age of the oldest event waiting, in seconds; 0 if none. */
  readonly oldestSeconds: number;
  /** This replica is the one that publishes. */
  readonly leading: boolean;
  readonly inFlight: number;
  /** Subjects waiting to be tried again because an event of theirs was refused or no queue is bound to it. */
  readonly heldSubjects: number;
  readonly lastError: string | undefined;
}

/**
 * Publishes a schema's outbox: oldest first, in order per subject, at least once, pipelined; a row is deleted when the
 * broker has confirmed it (and did not return it). Any number of replicas may run, one at a time publishes: the one that
 * holds the lock. One that has lost it and does not know yet can only send again what it has read; it cannot delete.
 */
export class OutboxRelay {
  readonly #logger: MessagingLogger;
  readonly #name: string;
  readonly #pollMs: number;
  readonly #held = new HeldSubjects();
  readonly #rules: PublishRules;
  readonly #waits = new GrowingWait(100, 5_000);
  readonly #keptListeners = new Set<() => void>();
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #session: OutboxSession | undefined;
  #pump: OutboxPump | undefined;
  #leading = false;
  #lastError: string | undefined;

  constructor(private readonly options: OutboxRelayOptions) {
    this.#logger = options.logger ?? defaultLogger('OutboxRelay');
    this.#name = `Outbox of ${options.schema}`;
    this.#pollMs = options.pollMs ?? 250;
    const { events: exchange, batches } = options.topology;
    this.#rules = { exchange, batches, unheard: isOneOf(options.unheard), batched: isOneOf(options.batched) };
    outboxTable(options.schema);
  }

  /** Starts relaying; returns at once. */
  start(): void {
    if (this.#running) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /**
   * Says that rows were committed. Cheap: call it after every commit.
   * @param rows which they are, so that they need not be read back; never those of a transaction that may have been undone
   */
  nudge(rows: readonly WrittenRow[] = []): void {
    this.#pump?.nudge(rows);
  }

  /**
   * Has a listener called whenever this replica has moved events to the event log; it must not throw. Another replica may be the one
   * that does: look from time to time as well.
   * @returns what ends it
   */
  onKept(listener: () => void): () => void {
    this.#keptListeners.add(listener);
    return () => void this.#keptListeners.delete(listener);
  }

  /** Stops scanning, waits for the confirms in hand (5 s at most), deletes what is confirmed and gives the lock back. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    this.#pump?.wake();
    await this.#running;
    this.#running = undefined;
  }

  /** @param most rows counted; a long outbox takes long to count */
  async status(most = COUNT_LIMIT): Promise<OutboxStatus> {
    const table = outboxTable(this.options.schema);
    const [found] = await this.options.dataSource.query<{ rows: string; oldest: string | null }[]>(
      `SELECT (SELECT count(*) FROM (SELECT FROM ${table} LIMIT $1) AS waiting) AS rows,
              (SELECT extract(epoch FROM clock_timestamp() - time) FROM ${table} ORDER BY seq LIMIT 1) AS oldest`,
      [most],
    );
    return {
      rows: Number(found?.rows ?? 0),
      oldestSeconds: Math.max(0, Number(found?.oldest ?? 0)),
      leading: this.#leading,
      inFlight: this.#pump?.inFlight ?? 0,
      heldSubjects: this.#held.size,
      lastError: this.#lastError ?? this.#held.lastReason,
    };
  }

  #tellKept(): void {
    for (const listener of this.#keptListeners) listener();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const session = await this.#lead(signal);
        this.#pump = await this.#openPump(session, signal);
        await this.#pump.run(signal);
      } catch (error) {
        if (!signal.aborted) {
          this.#lastError = (error as Error).message;
          this.#logger.warn(`${this.#name}: ${this.#lastError}; trying again.`);
        }
      }
      await this.#pump?.end(signal.aborted ? DRAIN_MS : 0);
      this.#pump = undefined;
      if (!signal.aborted) await pause(this.#waits.next(), signal);
    }
    await this.#session?.close();
    this.#session = undefined;
    this.#leading = false;
  }

  /** The session that holds the lock: the one at hand, or a new one as soon as the lock is free. */
  async #lead(signal: AbortSignal): Promise<OutboxSession> {
    const { dataSource, schema, leaseMs = 15_000 } = this.options;
    if (this.#session?.lost) this.#session = undefined;
    this.#session ??= await OutboxSession.open(dataSource, schema, leaseMs, () => {
      this.#leading = false;
      this.#pump?.wake();
    });
    const session = this.#session;
    while (!this.#leading) {
      signal.throwIfAborted();
      this.#leading = await session.tryLead();
      if (!this.#leading) await pause(this.#pollMs, signal);
    }
    return session;
  }

  async #openPump(session: OutboxSession, signal: AbortSignal): Promise<OutboxPump> {
    const { connection, batch = 500, window = 1_000, keep = false, unkept = [] } = this.options;
    const opening = connection.openPublishChannel();
    try {
      const channel = await unlessAborted(signal, opening);
      const scanned = (): void => {
        this.#waits.reset();
        this.#lastError = undefined;
      };
      const given = {
        session,
        channel,
        held: this.#held,
        rules: this.#rules,
        scanned,
        kept: keep ? () => this.#tellKept() : undefined,
        unkept,
        pollMs: this.#pollMs,
        batch,
        window,
        logger: this.#logger,
        name: this.#name,
      };
      return new OutboxPump(given);
    } catch (error) {
      opening.then((channel) => channel.close()).catch(() => undefined);
      throw error;
    }
  }
}

/** Whether a full type is one of these short ones; there are few types, and each is looked at once. */
function isOneOf(types: readonly string[] = []): (type: string) => boolean {
  const known = new Map<string, boolean>();
  return (type) => {
    let is = known.get(type);
    if (is === undefined) {
      is = types.includes(shortType(type));
      known.set(type, is);
    }
    return is;
  };
}
