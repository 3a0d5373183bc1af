import type { ConfirmChannel } from 'amqplib';
import type { PublishRules } from './departures.js';
import type { HeldSubjects } from './held-subjects.js';
import type { MessagingLogger } from './logger.js';
import { OutboxFlight } from './outbox-flight.js';
import type { OutboxSession } from './outbox-session.js';
import { restAfter } from './rest.js';
import type { WrittenRow } from './stored-event.js';
import { Bell, within } from './waiting.js';
import { WrittenRows } from './written-rows.js';

/** Past so many held subjects no others are scanned: the list goes with every scan. */
const MAX_HELD = 2_000;
/** Of bodies in hand from which no more are read; one scan more than that is in memory at most. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What an `OutboxPump` is made from. */
export interface OutboxPumpOptions {
  /** Holds the lock. */
  readonly session: OutboxSession;
  readonly channel: ConfirmChannel;
  readonly rules: PublishRules;
  readonly held: HeldSubjects;
  readonly pollMs: number;
  readonly batch: number;
  readonly window: number;
  /** Called when rows were moved to the event log; without it they are deleted. */
  readonly kept: (() => void) | undefined;
  readonly unkept: readonly string[];
  readonly logger: MessagingLogger;
  readonly name: string;
  /** Called after every scan: both servers are there. */
  readonly scanned: () => void;
}

/** Moves rows from one session to one channel until either is lost. Nothing here holds a transaction. */
export class OutboxPump {
  readonly #bell = new Bell();
  readonly #flight: OutboxFlight;
  readonly #written = new WrittenRows();
  #nudged = false;
  #deleting: Promise<void> | undefined;
  #deleteFailure: Error | undefined;

  constructor(private readonly options: OutboxPumpOptions) {
    const { channel, rules, held, logger, name } = options;
    const listener = {
      changed: () => this.#bell.ring(),
      succeeded: (subject: string) => held.release(subject),
      failed: (subject: string, reason: string) => {
        if (!held.has(subject)) logger.warn(`${name}: an event of ${subject} was not taken: ${reason}.`);
        held.hold(subject, reason, performance.now());
      },
    };
    this.#flight = new OutboxFlight(channel, rules, listener);
  }

  /** Rows sent and not yet deleted. */
  get inFlight(): number {
    return this.#flight.size;
  }

  /** Says that rows were committed. */
  nudge(rows: readonly WrittenRow[]): void {
    this.#written.add(rows);
    this.#nudged = true;
    this.#bell.ring();
  }

  /** Says that there is something else to look at: a stop, a loss. */
  wake(): void {
    this.#bell.ring();
  }

  /** Scans, publishes and deletes until a stop is asked for. @throws when the session or the channel is lost */
  async run(signal: AbortSignal): Promise<void> {
    const { session, held, pollMs, batch, window, scanned } = this.options;
    while (!signal.aborted) {
      this.#throwIfLost();
      this.#deleteConfirmed();
      const room = Math.min(batch, window - this.#flight.size);
      const waiting = held.excluded(performance.now(), (subject) => this.#flight.has(subject));
      // A quarter of the window at least: scanning for every row that comes free would be one at a time again.
      if (room < Math.min(batch, window / 4) || this.#flight.bytes > MAX_BYTES || waiting.length > MAX_HELD) {
        await this.#bell.heard(pollMs);
        continue;
      }
      this.#nudged = false;
      const began = performance.now();
      const { inHand, failing } = this.#flight.beginScan();
      const { rows, more } = await session.scan(room, inHand, [...waiting, ...failing], this.#written);
      if (session.lost) continue;
      scanned();
      for (const row of rows) {
        const { subject } = row;
        // Of a subject that is held only the oldest row is tried.
        if (!(held.has(subject) && this.#flight.has(subject))) this.#flight.send(row);
      }
      this.#flight.flush();
      if (!more) await this.#idle(began, restAfter(rows.length), signal);
    }
  }

  /** Closes the channel, after the confirms in hand or `drainMs`, and deletes what is confirmed. */
  async end(drainMs: number): Promise<void> {
    const { session, channel, logger, name } = this.options;
    const deadline = performance.now() + drainMs;
    while (this.#flight.unanswered > 0 && !session.lost && performance.now() < deadline)
      await this.#bell.heard(deadline - performance.now());
    await within(
      1_000,
      channel.close().catch(() => undefined),
    );
    await this.#deleting;
    if (session.lost) return;
    this.#deleteFailure = undefined;
    this.#deleteConfirmed();
    await this.#deleting;
    if (this.#deleteFailure) logger.warn(`${name}: ${(this.#deleteFailure as Error).message}`);
  }

  /**
   * Nothing left to scan: only confirms are dealt with until a nudge (after a rest), the next poll, or a loss.
   * @param scannedAt when the last scan began
   */
  async #idle(scannedAt: number, restMs: number, signal: AbortSignal): Promise<void> {
    const until = (): number => scannedAt + (this.#nudged ? restMs : this.options.pollMs);
    for (let left = until() - performance.now(); left > 0 && !signal.aborted; left = until() - performance.now()) {
      await this.#bell.heard(left);
      this.#throwIfLost();
      this.#deleteConfirmed();
    }
  }

  #throwIfLost(): void {
    if (this.options.session.lost) throw new Error('lost the PostgreSQL connection that holds the lock');
    if (this.#flight.over) throw new Error('lost the RabbitMQ channel');
    if (this.#deleteFailure) throw this.#deleteFailure;
  }

  /** Deletes (or moves to the event log) what is confirmed, one statement at a time, beside scanning and publishing. */
  #deleteConfirmed(): void {
    if (this.#flight.deletable === 0) return;
    const { session, kept, unkept } = this.options;
    const run = async (): Promise<void> => {
      while (this.#flight.deletable > 0) {
        const seqs = this.#flight.takeDeletable();
        await (kept ? session.move(seqs, unkept) : session.delete(seqs));
        this.#flight.deleted(seqs);
        kept?.();
      }
    };
    this.#deleting ??= run()
      .catch((error: Error) => {
        this.#deleteFailure = error;
        this.#bell.ring();
      })
      .finally(() => {
        this.#deleting = undefined;
      });
  }
}
