import { type Channel, type ConsumeMessage, connect } from 'amqplib';
import { eventsOfFamily, FEED_EVENTS, FEED_FAMILIES, type FeedEventName } from '#contracts';
import { consumeQueue, fromAmqp, GrowingWait, pause } from '#messaging/wire';
import { type FeedEvent, feedEventOf } from './event.js';
import { readFeed } from './read-feed.js';
import { type LostEvents, type SequenceStore, SubjectLines } from './subject-lines.js';

export interface SubscribeOptions {
  readonly amqpUrl: string;
  /** Of your own; it stays when you go, and collects what comes meanwhile. */
  readonly queue: string;
  /** Origin of merger-worker, for what was missed: `http://localhost:3003`. */
  readonly feed: string;
  /** Takes one event at a time of each order, in order; acknowledged when it has resolved, given again when it throws. */
  readonly handle: (event: FeedEvent) => void | Promise<void>;
  /** What was taken last; in memory if not said. Store it in the transaction of the effect: then each event has its effect once. */
  readonly store?: SequenceStore;
  /** All if not said. */
  readonly types?: readonly FeedEventName[];
  /** Events are missing that are no longer kept: read the effective order again. Without it their order waits. */
  readonly lost?: (events: LostEvents) => void | Promise<void>;
  /** Told of whatever is in the way; it is tried again, after waits that grow up to half a minute. */
  readonly onProblem?: (error: Error) => void;
  /** `SUPPING_PREFIX` of the deployment. */
  readonly prefix?: string;
  /** Further arguments of the queue: an `x-dead-letter-exchange`, say. */
  readonly queueArguments?: Readonly<Record<string, unknown>>;
  /** Messages in hand at most; 100. */
  readonly prefetch?: number;
}

export interface Subscription {
  /** Ends it: what is in hand is finished and acknowledged, the rest stays in the queue. */
  close(): Promise<void>;
}

/** Sequences for a consumer that makes its whole state anew whenever it starts: it is handed all that the feed still has of an order. */
export function sequencesInMemory(): SequenceStore {
  const taken = new Map<string, number>();
  return {
    last: (subject, family) => taken.get(`${family} ${subject}`) ?? 0,
    save: (subject, family, sequence) => void taken.set(`${family} ${subject}`, sequence),
  };
}

/**
 * Consumes a queue of one's own: each order's events once and in order, what was missed fetched from the feed before
 * the event that shows it. Resolves when the queue is consumed for the first time; comes back by itself when the broker goes away.
 */
export async function subscribe(options: SubscribeOptions): Promise<Subscription> {
  const stopping = new AbortController();
  // One memory for all its connections.
  const given = { ...options, store: options.store ?? sequencesInMemory() };
  let ended = Promise.resolve();
  await new Promise<void>((consuming) => {
    ended = run(given, stopping.signal, consuming);
  });
  return {
    async close() {
      stopping.abort();
      await ended;
    },
  };
}

type Given = SubscribeOptions & { readonly store: SequenceStore };

/** From connection to connection until it is stopped. */
async function run(options: Given, stop: AbortSignal, consuming: () => void): Promise<void> {
  const waits = new GrowingWait(100, 30_000);
  while (!stop.aborted) {
    try {
      await consume(options, stop, () => {
        waits.reset();
        consuming();
      });
    } catch (error) {
      options.onProblem?.(error as Error);
    }
    await pause(waits.next(), stop);
  }
}

/** From one connection to its end. */
async function consume(options: Given, stop: AbortSignal, consuming: () => void): Promise<void> {
  const { amqpUrl, queue, onProblem = () => undefined, prefetch = 100 } = options;
  const model = await connect(amqpUrl, { noDelay: true });
  // What ends a connection or channel also closes it.
  model.on('error', onProblem);
  try {
    const channel = await model.createChannel();
    channel.on('error', onProblem);
    const over = new AbortController();
    channel.on('close', () => over.abort());
    await declare(channel, options);
    await channel.prefetch(prefetch);
    const lines = linesOf(options, onProblem);
    const take = (message: ConsumeMessage): void => {
      const event = read(message, channel, onProblem);
      if (event !== undefined) lines.take({ event, done: () => settle(() => channel.ack(message)) });
    };
    await consumeQueue(channel, queue, take, over);
    consuming();
    await aborted(AbortSignal.any([stop, over.signal]));
    // Before the next connection as well: one event at a time, and the broker gives again what was not acknowledged.
    await lines.close();
    // Closed, not cancelled: single active consumer keeps no order when a consumer cancels with messages in hand.
    await channel.close().catch(() => undefined);
  } finally {
    await model.close().catch(() => undefined);
  }
}

async function declare(
  channel: Channel,
  { queue, types = FEED_EVENTS, prefix = 'supping.', queueArguments }: SubscribeOptions,
): Promise<void> {
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true, 'x-delivery-limit': 20, ...queueArguments },
  });
  // Whole families: what they are numbered by has no gaps then.
  const bound = new Set(types.flatMap((name) => eventsOfFamily(FEED_FAMILIES[name])));
  for (const name of bound) await channel.bindQueue(queue, `${prefix}events`, `${name}.*`);
}

function linesOf({ feed, handle, lost, types = FEED_EVENTS, store }: Given, onProblem: (error: Error) => void): SubjectLines {
  return new SubjectLines({ store, types, handle, lost, onProblem, retryMs: [100, 30_000], read: (wanted) => readFeed(feed, wanted) });
}

/** The event of a message; what is none is refused, what is unknown here is passed over. */
function read(message: ConsumeMessage, channel: Channel, onProblem: (error: Error) => void): FeedEvent | undefined {
  try {
    const event = feedEventOf(fromAmqp(message));
    if (event === undefined) settle(() => channel.ack(message));
    return event;
  } catch (error) {
    onProblem(error as Error);
    settle(() => channel.reject(message, false));
    return undefined;
  }
}

/** On a channel that has closed meanwhile there is nothing to settle: the message comes again. */
function settle(say: () => void): void {
  try {
    say();
  } catch (error) {
    if ((error as Error).name !== 'IllegalOperationError') throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
