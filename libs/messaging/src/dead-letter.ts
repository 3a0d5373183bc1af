import { createHash } from 'node:crypto';
import type { ConsumeMessage, Options } from 'amqplib';
import type { ConfirmedPublisher } from './confirmed-publisher.js';
import { deadLetterHeaders } from './dead-letters.js';
import type { Topology } from './topology.js';

/** A message that was given up, as it is stored. Texts hold no U+0000. */
export interface DeadLetter {
  /** The same whenever the same message of the same queue comes again, unless it was redriven in between. */
  readonly tag: string;
  /** It was given up on. Empty where that is not known. */
  readonly queue: string;
  /** A sentence for the operator. */
  readonly reason: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** RFC 3339. */
  readonly diedAt: string;
  readonly messageId: string | undefined;
  /** What the message is about, where it is an event. */
  readonly subject: string | undefined;
  /** Id of the stored letter it was redriven from. */
  readonly redriveOf: string | undefined;
  /** Of the message, without those of brokers and ours. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly content: Buffer;
}

/** What of a stored letter goes out again. */
export type Redrivable = Pick<DeadLetter, 'queue' | 'headers' | 'properties' | 'content'> & { readonly id: string };

const REDRIVE_OF = 'supping-redrive-of';

/** What brokers and this lib write of a message's way; CC and BCC would send a redriven message to other queues too. */
const OF_THE_WAY = /^(x-death|x-(first|last)-death-.*|x-delivery-count|x-acquired-count|CC|BCC|supping-.*)$/;

/** What a broker says in `x-death` of a message that it gave up. */
interface Death {
  readonly queue?: string;
  readonly reason?: string;
  readonly exchange?: string;
  readonly 'routing-keys'?: readonly string[];
  readonly time?: { readonly value?: number };
}

const text = (value: unknown): string => (typeof value === 'string' ? value.replaceAll('\u0000', '\ufffd') : '');
const given = (value: unknown): string | undefined => text(value) || undefined;

/**
 * Reads a message from the dead-letter queue of a subscription; `undefined` where the broker gave it up on a queue of
 * another one. @param now RFC 3339, for what says no time
 */
export function readDeadLetter(message: ConsumeMessage, topology: Topology, subscription: string, now: string): DeadLetter | undefined {
  const headers = (message.properties.headers ?? {}) as Record<string, unknown>;
  const way = message.fields.exchange === topology.deadLetterExchange ? wayOfBroker(headers) : wayOfOurs(headers);
  if (way.queue !== '' && !topology.isSubscriptionQueue(way.queue, subscription)) return undefined;
  const { contentType, messageId, correlationId, replyTo } = message.properties as unknown as Record<string, unknown>;
  const properties = Object.entries({ contentType, messageId, correlationId, replyTo }).filter(([, value]) => typeof value === 'string');
  const letter = {
    ...way,
    diedAt: way.diedAt ?? now,
    messageId: given(messageId),
    subject: given(headers['cloudEvents:subject'] ?? headers['cloudEvents_subject']),
    redriveOf: given(headers[REDRIVE_OF]),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_WAY.test(name))),
    properties: Object.fromEntries(properties) as Record<string, string>,
    content: message.content,
  };
  return { ...letter, tag: tagOf(letter) };
}

type Way = Pick<DeadLetter, 'queue' | 'reason' | 'exchange' | 'routingKey'> & { readonly diedAt: string | undefined };

function wayOfOurs(headers: Record<string, unknown>): Way {
  const { reason, queue, exchange, routingKey, time } = deadLetterHeaders;
  const diedAt = text(headers[time]);
  return {
    queue: text(headers[queue]),
    reason: given(headers[reason]) ?? 'It was put here without a reason.',
    exchange: text(headers[exchange]),
    routingKey: text(headers[routingKey]),
    diedAt: Number.isNaN(Date.parse(diedAt)) ? undefined : diedAt,
  };
}

function wayOfBroker(headers: Record<string, unknown>): Way {
  const [death] = (Array.isArray(headers['x-death']) ? headers['x-death'] : []) as (Death | undefined)[];
  const seconds = death?.time?.value;
  return {
    queue: text(death?.queue),
    reason: REASONS[text(death?.reason)] ?? `The broker gave it up (${text(death?.reason) || 'it does not say why'}).`,
    exchange: text(death?.exchange),
    routingKey: text(death?.['routing-keys']?.[0]),
    diedAt: typeof seconds === 'number' ? new Date(seconds * 1_000).toISOString() : undefined,
  };
}

const REASONS: Readonly<Record<string, string>> = {
  delivery_limit:
    'The broker gave it up: it came back too often without being handled (delivery_limit). Whoever took it died or was cut off.',
  expired: 'The broker gave it up: it waited longer than it may (expired).',
  rejected: 'The broker gave it up: it was rejected (rejected).',
};

function tagOf({ queue, headers, properties, content, redriveOf }: Omit<DeadLetter, 'tag'>): string {
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  const about = JSON.stringify([queue, redriveOf ?? '', properties, sorted]);
  return createHash('sha256').update(`${about.length} ${about}`).update(content).digest('hex');
}

/**
 * Sends a stored letter back to the queue it was given up on, and to no other: at its end.
 * @throws UnroutableError where that queue is no more; otherwise what the broker or the connection said
 */
export function redrive(publisher: ConfirmedPublisher, { id, queue, headers, properties, content }: Redrivable): Promise<void> {
  const options: Options.Publish = { ...properties, headers: { ...headers, [REDRIVE_OF]: id }, persistent: true, mandatory: true };
  return publisher.publish('', queue, content, options);
}
