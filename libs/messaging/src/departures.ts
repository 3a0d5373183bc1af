import type { ConfirmChannel } from 'amqplib';
import { BATCH_BYTES, MOST_IN_BATCH, toBatch } from './event-batch.js';
import type { OutboxMessage } from './stored-event.js';

/** An event on its way to one exchange: alone, or in a batch. */
export interface Passenger {
  /** What its return is told by: an event's id will not do, the same event may be in the outbox twice. */
  readonly correlationId: string;
  readonly message: OutboxMessage;
  readonly batched: boolean;
}

/** What is published where, and how. */
export interface PublishRules {
  readonly exchange: string;
  /** Where batches go. */
  readonly batches: string;
  /** Whether an event of this type may find no subscriber. */
  readonly unheard: (type: string) => boolean;
  /** Whether events of this type go out in batches too. */
  readonly batched: (type: string) => boolean;
}

/** Told of each passenger once; called from within amqplib, so it must not throw. */
export interface DeparturesListener<P extends Passenger> {
  /** @param failure why the broker has not taken it; nothing where it has, or where nobody wants it */
  settled(passenger: P, failure: string | undefined): void;
  /** All that was published at once is settled. */
  answered(): void;
  /** The channel is closed; nobody is told of what was on its way. */
  ended(): void;
}

/** A message on its way. */
interface Departure<P> {
  readonly passengers: readonly P[];
  /** Only the first of them is in it: it asks whether anybody listens. */
  readonly asks: boolean;
  returned: boolean;
}

/** A routing key of one exchange, and what is known of it; there are as many as types and shards. */
interface Way<P> {
  readonly exchange: string;
  readonly routingKey: string;
  /** Whether the last message found a queue. */
  taken: boolean | undefined;
  /** Whether a question is under way to it. */
  asked: boolean;
  /** What waits for the next `flush`, in the order in which it came. */
  gathered: P[];
}

const UNROUTABLE = 'no queue is bound to its routing key';

/**
 * Publishes on one confirm channel, `mandatory` always: alone, or gathered until `flush` and then
 *
 * - in batches of one routing key, for an exchange where they are read so;
 * - of a routing key to which nobody need to listen, and nobody did when last one was published, only the oldest. It asks:
 *   while it comes back, the others would too, and nobody has missed them; once it does not, they follow it, each alone.
 *   Two types that nobody listens to cost a twentieth of a supplement's CPU when each was published to find that out.
 *
 * What follows may come behind later events of its subject that have another routing key. So only a routing key that is
 * known to be unheard is asked: who listened before the channel was opened is told everything in order, and who begins to
 * listen meanwhile is told in order from the first answer on.
 */
export class Departures<P extends Passenger> {
  readonly #published = new Map<string, Departure<P>>();
  /** By routing key: of the exchange for events, and of that for batches. */
  readonly #alone = new Map<string, Way<P>>();
  readonly #batched = new Map<string, Way<P>>();
  /** Ways with something that waits for `flush`, in the order in which it came. */
  readonly #gathered = new Set<Way<P>>();
  #over = false;

  constructor(
    private readonly channel: ConfirmChannel,
    private readonly rules: PublishRules,
    private readonly listener: DeparturesListener<P>,
  ) {
    // The return of an unroutable message comes before its confirm, which says only that the broker has dealt with it.
    channel.on('return', (message) => {
      const departure = this.#published.get(String(message.properties.correlationId));
      if (departure !== undefined) departure.returned = true;
    });
    channel.on('close', () => this.#end());
  }

  /** Whether it will not come back, as far as is known. */
  isSure(passenger: P): boolean {
    return this.#mayGoUnheard(passenger) || this.#way(passenger).taken === true;
  }

  /** Publishes it, or gathers it for the next `flush`. */
  depart(passenger: P): void {
    const way = this.#way(passenger);
    if (passenger.batched) this.#gather(way, passenger);
    else if (this.#mayGoUnheard(passenger) && this.#isAsked(way)) this.#add(way, passenger);
    else this.#publish(way, [passenger]);
  }

  /** Publishes what was gathered. */
  flush(): void {
    // Taken before one is published: what fails at once comes back here.
    const ready = [...this.#gathered].filter(({ asked }) => !asked).map((way) => ({ way, passengers: way.gathered.splice(0) }));
    for (const { way } of ready) this.#gathered.delete(way);
    for (const { way, passengers } of ready) {
      if (passengers[0]?.batched) this.#publish(way, passengers);
      else if (way.taken === true) for (const passenger of passengers) this.#publish(way, [passenger]);
      else {
        way.asked = true;
        this.#publish(way, passengers, true);
      }
    }
  }

  /** Whether what goes that way waits for an answer, or for the next question. */
  #isAsked({ taken, asked, gathered }: Way<P>): boolean {
    return taken === false || asked || gathered.length > 0;
  }

  #mayGoUnheard({ batched, message }: P): boolean {
    return !batched && this.rules.unheard(message.event.type);
  }

  #way({ batched, message: { routingKey } }: P): Way<P> {
    const ways = batched ? this.#batched : this.#alone;
    let way = ways.get(routingKey);
    if (way === undefined) {
      way = { exchange: batched ? this.rules.batches : this.rules.exchange, routingKey, taken: undefined, asked: false, gathered: [] };
      ways.set(routingKey, way);
    }
    return way;
  }

  #add(way: Way<P>, passenger: P): void {
    way.gathered.push(passenger);
    this.#gathered.add(way);
  }

  #gather(way: Way<P>, passenger: P): void {
    const { gathered } = way;
    const bytes = gathered.reduce((sum, { message }) => sum + message.body.length, passenger.message.body.length);
    if (gathered.length > 0 && (gathered.length === MOST_IN_BATCH || bytes > BATCH_BYTES)) this.#publish(way, gathered.splice(0));
    this.#add(way, passenger);
  }

  /** @param passengers of one way, at least one */
  #publish(way: Way<P>, passengers: readonly P[], asks = false): void {
    const [first] = passengers as readonly [P, ...P[]];
    const { correlationId, message } = first;
    const departure = { passengers, asks, returned: false };
    this.#published.set(correlationId, departure);
    const { body, properties } = toBatch(asks ? [message] : passengers.map((one) => one.message));
    const answered = (failure: string | undefined): void => {
      this.#published.delete(correlationId);
      this.#answered(way, departure, failure);
    };
    try {
      const options = Object.assign(properties, { mandatory: true, correlationId });
      this.channel.publish(way.exchange, way.routingKey, body, options, (error: Error | null) => {
        if (this.#over) return;
        // amqplib answers what is open with this just before it says `close`: no refusal.
        if (error?.message === 'channel closed') this.#end();
        else answered(error?.message);
      });
    } catch (error) {
      // The channel is closing; or amqplib cannot write this one message, which must not stop the others.
      if ((error as Error).name === 'IllegalOperationError') this.#end();
      else answered((error as Error).message);
    }
  }

  #answered(way: Way<P>, { passengers, asks, returned }: Departure<P>, refusal: string | undefined): void {
    const [first, ...followers] = passengers as readonly [P, ...P[]];
    const failure = refusal ?? (returned && !this.#mayGoUnheard(first) ? UNROUTABLE : undefined);
    if (refusal === undefined) way.taken = !returned;
    else if (way.taken === true) way.taken = undefined;
    if (asks) way.asked = false;
    if (asks && way.taken === true) {
      for (const follower of followers) this.#publish(way, [follower]);
      this.listener.settled(first, undefined);
    } else for (const passenger of passengers) this.listener.settled(passenger, failure);
    this.flush();
    this.listener.answered();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#published.clear();
    this.#gathered.clear();
    this.listener.ended();
  }
}
