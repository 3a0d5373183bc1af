import { eventsOfFamily, FEED_FAMILIES, type FeedEventName, type FeedFamily } from '#contracts';
import { GrowingWait, pause } from '#messaging/wire';
import type { FeedEvent } from './event.js';
import type { FeedPage, FeedPageWanted } from './read-feed.js';

/** What was taken last of each order and family of events. */
export interface SequenceStore {
  /** @returns the `sequence` saved last, 0 if none was */
  last(subject: string, family: FeedFamily): number | Promise<number>;
  save(subject: string, family: FeedFamily, sequence: number): void | Promise<void>;
}

/** Events that were published and are kept no longer. */
export interface LostEvents {
  readonly subject: string;
  readonly family: FeedFamily;
  readonly from: number;
  readonly to: number;
}

export interface SubjectLinesOptions {
  readonly store: SequenceStore;
  readonly types: readonly FeedEventName[];
  readonly handle: (event: FeedEvent) => void | Promise<void>;
  readonly lost?: ((events: LostEvents) => void | Promise<void>) | undefined;
  readonly read: (wanted: FeedPageWanted) => Promise<FeedPage>;
  readonly onProblem: (error: Error) => void;
  /** Between tries, milliseconds: the first and the longest. */
  readonly retryMs: readonly [first: number, longest: number];
}

/** An event by RabbitMQ; `done` acknowledges it. */
export interface Delivery {
  readonly event: FeedEvent;
  readonly done: () => void;
}

interface Line {
  /** The first is in hand. */
  readonly waiting: Delivery[];
  failing: boolean;
  /** How often in a row the feed had not come to the event in hand. */
  early: number;
  running: Promise<void>;
}

/**
 * The relay puts an event into the feed after the broker has taken it: a consumer may be quicker. After so many tries (over
 * a minute) it is not on its way but was deleted.
 */
const MOST_EARLY = 10;

const familyOf = ({ name }: FeedEvent): FeedFamily => FEED_FAMILIES[name];

/**
 * Hands over events one at a time per subject, each once and in order: what came before is dropped, what is missing is
 * fetched from the feed first. A subject whose event fails is tried again and holds up no other.
 */
export class SubjectLines {
  readonly #lines = new Map<string, Line>();
  readonly #stopping = new AbortController();

  constructor(private readonly options: SubjectLinesOptions) {}

  take(delivery: Delivery): void {
    if (this.#stopping.signal.aborted) return;
    const { subject } = delivery.event;
    const line = this.#lines.get(subject);
    if (line !== undefined) return this.#queue(line, delivery);
    const fresh: Line = { waiting: [delivery], failing: false, early: 0, running: Promise.resolve() };
    this.#lines.set(subject, fresh);
    fresh.running = this.#work(subject, fresh);
  }

  /** Resolves when what is in hand has ended; what waits is not begun. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#lines.values()].map(({ running }) => running));
  }

  /** Behind an event that fails only the last of a family is kept: the feed has those between, and the others need the room. */
  #queue({ waiting, failing }: Line, delivery: Delivery): void {
    const { event } = delivery;
    const at = waiting.findIndex(
      (other, n) => n > 0 && failing && familyOf(other.event) === familyOf(event) && other.event.sequence <= event.sequence,
    );
    if (at < 0) return void waiting.push(delivery);
    waiting.splice(at, 1)[0]?.done();
    waiting.push(delivery);
  }

  async #work(subject: string, line: Line): Promise<void> {
    const waits = new GrowingWait(...this.options.retryMs);
    for (let [delivery] = line.waiting; delivery !== undefined && !this.#stopping.signal.aborted; [delivery] = line.waiting) {
      try {
        await this.#inOrder(delivery.event, line);
        line.waiting.shift();
        delivery.done();
        Object.assign(line, { failing: false, early: 0 });
        waits.reset();
      } catch (error) {
        line.failing = true;
        this.options.onProblem(error as Error);
        await pause(waits.next(), this.#stopping.signal);
      }
    }
    this.#lines.delete(subject);
  }

  async #inOrder(event: FeedEvent, line: Line): Promise<void> {
    const { store } = this.options;
    const [{ subject, sequence }, family] = [event, familyOf(event)];
    const last = await store.last(subject, family);
    if (sequence <= last) return;
    if (sequence > last + 1) await this.#fetchMissing(event, family, last, line);
    await this.#handOver(event, family);
  }

  async #fetchMissing(event: FeedEvent, family: FeedFamily, taken: number, line: Line): Promise<void> {
    const { subject, sequence } = event;
    let [last, reached] = [taken, false];
    for (let after: number | undefined, more = true; more && !reached; ) {
      const page = await this.options.read({ subject, types: eventsOfFamily(family), after });
      for (const kept of page.events) {
        reached ||= kept.sequence >= sequence;
        if (kept.sequence <= last || kept.sequence >= sequence) continue;
        if (kept.sequence > last + 1) await this.#lose({ subject, family, from: last + 1, to: kept.sequence - 1 });
        await this.#handOver(kept, family);
        last = kept.sequence;
      }
      ({ after, more } = page);
    }
    if (last + 1 === sequence) return;
    line.early += 1;
    if (!reached && line.early <= MOST_EARLY) {
      throw new Error(`${family} ${last + 1} to ${sequence - 1} of ${subject} are not in the feed yet`);
    }
    await this.#lose({ subject, family, from: last + 1, to: sequence - 1 });
  }

  async #lose(events: LostEvents): Promise<void> {
    const { subject, family, from, to } = events;
    const { lost, store } = this.options;
    if (lost === undefined) throw new Error(`${family} ${from} to ${to} of ${subject} are no longer kept: say in \`lost\` what to do`);
    await lost(events);
    await store.save(subject, family, to);
  }

  async #handOver(event: FeedEvent, family: FeedFamily): Promise<void> {
    const { types, handle, store } = this.options;
    if (types.includes(event.name)) await handle(event);
    await store.save(event.subject, family, event.sequence);
  }
}
