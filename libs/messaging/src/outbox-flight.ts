import type { ConfirmChannel } from 'amqplib';
import { Departures, type Passenger, type PublishRules } from './departures.js';
import type { OutboxRow } from './stored-event.js';

interface Entry extends Passenger {
  readonly seq: string;
  /** Of its row: with it the row may be deleted. */
  readonly last: boolean;
  readonly lane: Lane;
  outcome: 'open' | 'confirmed' | 'failed';
}

/** What is in hand of one subject, in the order it was sent. */
interface Lane {
  readonly subject: string;
  entries: Entry[];
  /** The last of `entries`, not published yet. */
  waiting: Entry[];
  /** Published, and whether a queue is bound to its routing key is not known yet: what waits, waits for it. */
  probe: Entry | undefined;
  unanswered: number;
  failure: string | undefined;
}

/** Told as things happen; called from within amqplib, so it must not throw. */
export interface FlightListener {
  /** Rows became deletable, a subject failed or room was made. */
  changed(): void;
  /** A subject's row was refused or is unroutable; nothing of the subject is in hand any more. */
  failed(subject: string, reason: string): void;
  /** A subject's row was confirmed. */
  succeeded(subject: string): void;
}

/**
 * What the relay has in hand on one confirm channel, and which of it may be deleted: a row that is confirmed, all
 * earlier rows of its subject in hand being confirmed too. So when a row fails, it and every later row of its subject,
 * confirmed or not, are still in the table and go out again in order.
 *
 * A subject's rows go out one behind the other without waiting, except behind one whose routing key is not known to be
 * taken: were it returned or refused, later ones might get in front of it for good.
 *
 * An event that is told in batches goes out twice: alone, for whoever reads it so, and with those of its routing key that
 * are sent with it. Its row may be deleted when both are confirmed.
 */
export class OutboxFlight {
  readonly #lanes = new Map<string, Lane>();
  readonly #inHand = new Set<string>();
  readonly #departures: Departures<Entry>;
  /** Subjects that failed since the scan under way began: it may not have seen the rows that must go out first. */
  readonly #failedSince = new Set<string>();
  #deletable: string[] = [];
  #unanswered = 0;
  #bytes = 0;
  #over = false;

  constructor(
    channel: ConfirmChannel,
    private readonly rules: PublishRules,
    private readonly listener: FlightListener,
  ) {
    this.#departures = new Departures<Entry>(channel, rules, {
      settled: (entry, failure) => this.#settle(entry, failure),
      answered: () => listener.changed(),
      ended: () => this.#end(),
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Rows sent and not yet deleted. */
  get size(): number {
    return this.#inHand.size;
  }

  /** Events whose outcome is still to come. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Of the bodies in hand. */
  get bytes(): number {
    return this.#bytes;
  }

  get deletable(): number {
    return this.#deletable.length;
  }

  /** What a scan that begins now must leave out: rows sent and not yet deleted, and subjects with something to send again. */
  beginScan(): { inHand: string[]; failing: string[] } {
    this.#failedSince.clear();
    const failing = [...this.#lanes.values()].filter((lane) => lane.failure !== undefined).map((lane) => lane.subject);
    return { inHand: [...this.#inHand], failing };
  }

  has(subject: string): boolean {
    return this.#lanes.has(subject);
  }

  /** Takes a row of the last scan in hand and publishes it as soon as may be: what goes out in batches, with `flush`. @returns false if its subject has failed since the scan began and the row must wait */
  send(row: OutboxRow): boolean {
    const { seq, subject, messages } = row;
    const lane = this.#lanes.get(subject) ?? { subject, entries: [], waiting: [], probe: undefined, unanswered: 0, failure: undefined };
    if (this.#over || lane.failure !== undefined || this.#failedSince.has(subject)) return false;
    this.#lanes.set(subject, lane);
    this.#inHand.add(seq);
    messages.forEach((message, index) => {
      const last = index === messages.length - 1;
      const batched = this.rules.batched(message.event.type);
      this.#enter({ message, seq, batched: false, last: last && !batched, correlationId: `${seq}-${index}`, lane, outcome: 'open' });
      if (batched) this.#enter({ message, seq, batched, last, correlationId: `${seq}-${index}-batched`, lane, outcome: 'open' });
    });
    this.#publishWaiting(lane);
    return true;
  }

  #enter(entry: Entry): void {
    const { lane, message } = entry;
    lane.entries.push(entry);
    lane.waiting.push(entry);
    this.#bytes += message.body.length;
  }

  /** Publishes what was sent and gathered: to be called behind the last `send` of a scan. */
  flush(): void {
    this.#departures.flush();
  }

  /** The rows that may be deleted now; `deleted` says when they are. */
  takeDeletable(): string[] {
    return this.#deletable.splice(0);
  }

  deleted(seqs: readonly string[]): void {
    for (const seq of seqs) this.#inHand.delete(seq);
    this.listener.changed();
  }

  #publishWaiting(lane: Lane): void {
    while (!this.#over && lane.failure === undefined && lane.probe === undefined) {
      const entry = lane.waiting.shift();
      if (!entry) return;
      if (!this.#departures.isSure(entry)) lane.probe = entry;
      lane.unanswered++;
      this.#unanswered++;
      this.#departures.depart(entry);
    }
  }

  #settle(entry: Entry, failure: string | undefined): void {
    const { lane } = entry;
    lane.unanswered--;
    this.#unanswered--;
    if (lane.probe === entry) lane.probe = undefined;
    entry.outcome = failure === undefined ? 'confirmed' : 'failed';
    lane.failure ??= failure;
    this.#advance(lane);
    if (lane.failure === undefined) {
      this.#publishWaiting(lane);
      this.listener.succeeded(lane.subject);
    } else if (lane.unanswered === 0) {
      for (const left of lane.entries) this.#drop(left);
      this.#lanes.delete(lane.subject);
      this.#failedSince.add(lane.subject);
      this.listener.failed(lane.subject, lane.failure);
    }
  }

  #advance(lane: Lane): void {
    let confirmed = 0;
    while (lane.entries[confirmed]?.outcome === 'confirmed') confirmed++;
    for (const { seq, message, last } of lane.entries.splice(0, confirmed)) {
      if (last) this.#deletable.push(seq);
      this.#bytes -= message.body.length;
    }
    if (lane.entries.length === 0) this.#lanes.delete(lane.subject);
  }

  #drop({ seq, message }: Entry): void {
    this.#inHand.delete(seq);
    this.#bytes -= message.body.length;
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const lane of this.#lanes.values()) for (const entry of lane.entries) this.#drop(entry);
    this.#lanes.clear();
    this.#unanswered = 0;
    this.listener.changed();
  }
}
