import type { ConfirmChannel } from 'amqplib';
import { toAmqp } from './cloud-event.js';
import type { OutboxMessage, OutboxRow } from './outbox-session.js';

interface Entry {
  /** What its return is told by: an event's id will not do, the same event may be in the outbox twice. */
  readonly correlationId: string;
  readonly message: OutboxMessage;
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
 */
export class OutboxFlight {
  readonly #lanes = new Map<string, Lane>();
  readonly #published = new Map<string, Entry>();
  readonly #inHand = new Set<string>();
  /** Routing keys whose last event was taken; there are as many as types and shards. */
  readonly #routed = new Set<string>();
  /** Subjects that failed since the scan under way began: it may not have seen the rows that must go out first. */
  readonly #failedSince = new Set<string>();
  #deletable: string[] = [];
  #unanswered = 0;
  #bytes = 0;
  #over = false;

  constructor(
    private readonly channel: ConfirmChannel,
    private readonly exchange: string,
    private readonly listener: FlightListener,
    /** Whether an event of this type may find no subscriber. */
    private readonly unheard: (type: string) => boolean = () => false,
  ) {
    // The return of an unroutable message comes before its confirm, which says only that the broker has dealt with it.
    channel.on('return', (message) =>
      this.#fail(this.#published.get(String(message.properties.correlationId)), 'no queue is bound to its routing key'),
    );
    channel.on('close', () => this.#end());
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

  /** Takes a row of the last scan in hand and publishes it as soon as may be. @returns false if its subject has failed since the scan began and the row must wait */
  send(row: OutboxRow): boolean {
    const { seq, subject, messages } = row;
    const lane = this.#lanes.get(subject) ?? { subject, entries: [], waiting: [], probe: undefined, unanswered: 0, failure: undefined };
    if (this.#over || lane.failure !== undefined || this.#failedSince.has(subject)) return false;
    this.#lanes.set(subject, lane);
    this.#inHand.add(seq);
    messages.forEach((message, index) => {
      const last = index === messages.length - 1;
      const entry: Entry = { correlationId: last ? seq : `${seq}-${index}`, message, seq, last, lane, outcome: 'open' };
      lane.entries.push(entry);
      lane.waiting.push(entry);
      this.#bytes += message.body.length;
    });
    this.#publishWaiting(lane);
    return true;
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
      if (!this.#routed.has(entry.message.routingKey)) lane.probe = entry;
      this.#publish(entry);
    }
  }

  #publish(entry: Entry): void {
    const { correlationId, message, lane } = entry;
    const { event, routingKey, body } = message;
    lane.unanswered++;
    this.#unanswered++;
    this.#published.set(correlationId, entry);
    const options = { ...toAmqp(event).properties, mandatory: !this.unheard(event.type), correlationId };
    try {
      this.channel.publish(this.exchange, routingKey, body, options, (error: Error | null) => {
        if (this.#over) return;
        // amqplib answers what is open with this just before it says `close`: no refusal of these rows.
        if (error?.message === 'channel closed') return this.#end();
        if (error) this.#fail(entry, error.message);
        this.#answered(entry);
      });
    } catch (error) {
      // The channel is closing; or amqplib cannot write this one event, which must not stop the others.
      if ((error as Error).name === 'IllegalOperationError') return this.#end();
      this.#fail(entry, (error as Error).message);
      this.#answered(entry);
    }
  }

  #fail(entry: Entry | undefined, reason: string): void {
    if (entry?.outcome !== 'open') return;
    entry.outcome = 'failed';
    this.#routed.delete(entry.message.routingKey);
    entry.lane.failure ??= reason;
  }

  #answered(entry: Entry): void {
    const { lane } = entry;
    this.#published.delete(entry.correlationId);
    lane.unanswered--;
    this.#unanswered--;
    if (lane.probe === entry) lane.probe = undefined;
    if (entry.outcome === 'open') {
      entry.outcome = 'confirmed';
      this.#routed.add(entry.message.routingKey);
    }
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
    this.listener.changed();
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
    this.#published.clear();
    this.#unanswered = 0;
    this.listener.changed();
  }
}
