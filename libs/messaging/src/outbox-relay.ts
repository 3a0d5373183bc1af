import type { DataSource } from 'typeorm';
import type { RabbitMqConnection } from './connection.js';
import { HeldSubjects } from './held-subjects.js';
import { defaultLogger, type MessagingLogger } from './logger.js';
import { outboxTable } from './outbox.js';
import { OutboxFlight } from './outbox-flight.js';
import { OutboxSession } from './outbox-session.js';
import type { Topology } from './topology.js';
import { Bell, GrowingWait, pause, unlessAborted, within } from './waiting.js';

const DRAIN_MS = 5_000;
/** Past so many held subjects no others are scanned: the list goes with every scan. */
const MAX_HELD = 2_000;
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
}

/** How an outbox stands. */
export interface OutboxStatus {
  /** Events waiting; 10,000 means "at least". */
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
 * broker has confirmed it (and did not return it). Any number of replicas may run, one at a time publishes.
 */
export class OutboxRelay {
  readonly #logger: MessagingLogger;
  readonly #pollMs: number;
  readonly #batch: number;
  readonly #window: number;
  readonly #held = new HeldSubjects();
  readonly #bell = new Bell();
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #session: OutboxSession | undefined;
  #flight: OutboxFlight | undefined;
  #closeChannel: () => Promise<void> = async () => undefined;
  readonly #waits = new GrowingWait(100, 5_000);
  #leading = false;
  #nudged = false;
  #flushing: Promise<void> | undefined;
  #lastError: string | undefined;

  constructor(private readonly options: OutboxRelayOptions) {
    this.#logger = options.logger ?? defaultLogger('OutboxRelay');
    this.#pollMs = options.pollMs ?? 250;
    this.#batch = options.batch ?? 500;
    this.#window = options.window ?? 1_000;
    outboxTable(options.schema);
  }

  /** Starts relaying; returns at once. */
  start(): void {
    if (this.#running) return;
    this.#stopping = new AbortController();
    this.#running = this.#run();
  }

  /** Says that rows were committed. Cheap: call it after every commit. */
  nudge(): void {
    this.#nudged = true;
    this.#bell.ring();
  }

  /** Stops scanning, waits for the confirms in hand (5 s at most), deletes what is confirmed and gives the lock back. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    this.#bell.ring();
    await this.#running;
    this.#running = undefined;
  }

  async status(): Promise<OutboxStatus> {
    const table = outboxTable(this.options.schema);
    const [found] = await this.options.dataSource.query<{ rows: string; oldest: string | null }[]>(
      `SELECT (SELECT count(*) FROM (SELECT FROM ${table} LIMIT ${COUNT_LIMIT}) AS waiting) AS rows,
              (SELECT extract(epoch FROM clock_timestamp() - time) FROM ${table} ORDER BY seq LIMIT 1) AS oldest`,
    );
    return {
      rows: Number(found?.rows ?? 0),
      oldestSeconds: Math.max(0, Number(found?.oldest ?? 0)),
      leading: this.#leading,
      inFlight: this.#flight?.size ?? 0,
      heldSubjects: this.#held.size,
      lastError: this.#lastError ?? this.#held.lastReason,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const session = await this.#lead(signal);
        const flight = await this.#takeOff(signal);
        await this.#pump(session, flight, signal);
      } catch (error) {
        if (!signal.aborted) {
          this.#lastError = (error as Error).message;
          this.#logger.warn(`Outbox of ${this.options.schema}: ${this.#lastError}; trying again.`);
        }
      }
      await this.#land(signal.aborted);
      if (!signal.aborted) await pause(this.#waits.next(), signal);
    }
    await this.#session?.close();
    this.#session = undefined;
    this.#leading = false;
  }

  /** The session that holds the lock: the one at hand, or a new one as soon as the lock is free. */
  async #lead(signal: AbortSignal): Promise<OutboxSession> {
    if (this.#session?.lost) this.#session = undefined;
    this.#session ??= await OutboxSession.open(this.options.dataSource, this.options.schema, () => this.#loseLead());
    const session = this.#session;
    while (!this.#leading) {
      signal.throwIfAborted();
      this.#leading = await session.tryLead();
      if (!this.#leading) await pause(this.#pollMs, signal);
    }
    return session;
  }

  #loseLead(): void {
    this.#leading = false;
    this.#bell.ring();
    void this.#closeChannel();
  }

  async #takeOff(signal: AbortSignal): Promise<OutboxFlight> {
    const channel = await unlessAborted(signal, this.options.connection.openPublishChannel());
    this.#closeChannel = async () => {
      this.#closeChannel = async () => undefined;
      await within(1_000, channel.close().catch(() => undefined));
    };
    this.#flight = new OutboxFlight(channel, this.options.topology.events, {
      changed: () => this.#bell.ring(),
      succeeded: (subject) => this.#held.release(subject),
      failed: (subject, reason) => {
        if (!this.#held.has(subject)) this.#logger.warn(`Outbox of ${this.options.schema}: an event of ${subject} was not taken: ${reason}.`);
        this.#held.hold(subject, reason, Date.now());
      },
      lost: () => undefined,
    });
    return this.#flight;
  }

  /** Scans, publishes and deletes until something is lost or a stop is asked for. Nothing here holds a transaction. */
  async #pump(session: OutboxSession, flight: OutboxFlight, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (session.lost) throw new Error('lost the PostgreSQL connection that holds the lock');
      if (flight.over) throw new Error('lost the RabbitMQ channel');
      this.#flush(session, flight);
      const room = Math.min(this.#batch, this.#window - flight.size);
      const held = this.#held.excluded(Date.now(), (subject) => flight.has(subject));
      // A quarter of the window at least: scanning for every row that comes free would be one at a time again.
      if (room < Math.min(this.#batch, this.#window / 4) || held.length > MAX_HELD) {
        await this.#bell.heard(this.#pollMs);
        continue;
      }
      this.#nudged = false;
      const rows = await session.scan(room, flight.inHand, [...held, ...flight.failingSubjects]);
      this.#waits.reset();
      this.#lastError = undefined;
      if (session.lost) continue;
      for (const row of rows) {
        const { subject } = row.event;
        if (!(this.#held.has(subject) && flight.has(subject))) flight.send(row);
      }
      if (rows.length < room) await this.#idle(session, flight, signal);
    }
  }

  /** Nothing left to scan: only confirms are dealt with until a nudge, the next poll, or a loss. */
  async #idle(session: OutboxSession, flight: OutboxFlight, signal: AbortSignal): Promise<void> {
    const until = Date.now() + this.#pollMs;
    for (let left = this.#pollMs; left > 0 && !this.#nudged; left = until - Date.now()) {
      await this.#bell.heard(left);
      if (signal.aborted || session.lost || flight.over) return;
      this.#flush(session, flight);
    }
  }

  /** Deletes what is confirmed, one statement at a time, beside scanning and publishing. */
  #flush(session: OutboxSession, flight: OutboxFlight): void {
    if (flight.deletable === 0) return;
    this.#flushing ??= this.#deleteConfirmed(session, flight)
      .catch((error: Error) => {
        this.#lastError = error.message;
        void this.#closeChannel();
      })
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  async #deleteConfirmed(session: OutboxSession, flight: OutboxFlight): Promise<void> {
    while (flight.deletable > 0) {
      const seqs = flight.takeDeletable();
      await session.delete(seqs);
      flight.deleted(seqs);
    }
  }

  /** Brings down what is in hand: on a stop the confirms are waited for; what is confirmed is deleted either way. */
  async #land(stopping: boolean): Promise<void> {
    const flight = this.#flight;
    const session = this.#session;
    this.#flight = undefined;
    if (!flight || !session) return;
    const deadline = Date.now() + DRAIN_MS;
    while (stopping && flight.unanswered > 0 && !session.lost && Date.now() < deadline) await this.#bell.heard(deadline - Date.now());
    await this.#closeChannel();
    await this.#flushing;
    if (!session.lost) await this.#deleteConfirmed(session, flight).catch((error: Error) => this.#logger.warn(`Outbox of ${this.options.schema}: ${error.message}`));
  }
}
