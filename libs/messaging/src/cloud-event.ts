import type { Options } from 'amqplib';

/** A CloudEvents 1.0 event as it is handed to subscribers and put into the outbox. */
export interface CloudEvent<T = unknown> {
  /** The same every time the event is sent; with `source` it names the event (CloudEvents 1.0 §3.1.1). At most 255 bytes, an AMQP short string. */
  readonly id: string;
  readonly source: string;
  /** Full: `io.supping.supplement.accepted.v1`. */
  readonly type: string;
  /** What the event is about; order is kept per subject. */
  readonly subject: string;
  /** RFC 3339. */
  readonly time: string;
  /** Counts up per source and subject, so that a reader drops duplicates and notices gaps. */
  readonly sequence: number;
  /** What the shard is hashed from. */
  readonly partitionkey: string;
  readonly traceparent?: string;
  readonly data: T;
}

/** An event without its body. */
export type CloudEventAttributes = Omit<CloudEvent, 'data'>;

/** What an event that is told right behind another does not share with it: it has that one's subject, time, source and trace. */
export type Companion = Pick<CloudEvent, 'id' | 'type' | 'sequence' | 'data'>;

/** An event to be published, with another that shares its row: one row less to write, to read, to move and to delete. */
export interface OutgoingEvent extends CloudEvent {
  readonly companion?: Companion;
}

/** What of an AMQP message `fromAmqp` looks at. */
export interface AmqpMessage {
  readonly content: Buffer;
  readonly properties: { readonly headers?: Record<string, unknown> | undefined; readonly contentType?: string | undefined };
}

/** A message that will never be understood, however often it is tried. Its message is a sentence for the operator. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';
}

/**
 * An event's AMQP headers and properties in the binary mode of the CloudEvents AMQP binding (§3.1); the body is
 * `JSON.stringify(event.data)`.
 */
export function toAmqp(event: CloudEventAttributes): { headers: Record<string, string | number>; properties: Options.Publish } {
  const headers: Record<string, string | number> = {
    'cloudEvents:specversion': '1.0',
    'cloudEvents:id': event.id,
    'cloudEvents:source': event.source,
    'cloudEvents:type': event.type,
    'cloudEvents:subject': event.subject,
    'cloudEvents:time': event.time,
    'cloudEvents:sequence': event.sequence,
    'cloudEvents:partitionkey': event.partitionkey,
  };
  if (event.traceparent !== undefined) headers['cloudEvents:traceparent'] = event.traceparent;
  return {
    headers,
    properties: { headers, contentType: 'application/json', messageId: event.id, persistent: true },
  };
}

/** An event's attributes in the JSON format of CloudEvents 1.0, open for its data: what follows is that, and `}`. @param attributes at least one */
export function structuredHead(attributes: object): string {
  return `{"specversion":"1.0",${JSON.stringify(attributes).slice(1, -1)},"datacontenttype":"application/json","data":`;
}

/**
 * Reads an event back from an AMQP message; `cloudEvents_` is taken as well as `cloudEvents:` (binding §3.1.3.1).
 * @throws PoisonMessageError saying what is wrong
 */
export function fromAmqp(message: AmqpMessage): CloudEvent {
  const headers = message.properties.headers ?? {};
  const attributes = readAttributes(
    (name) => headers[`cloudEvents:${name}`] ?? headers[`cloudEvents_${name}`],
    (name) => `The header cloudEvents:${name}`,
  );
  return Object.assign(attributes, { data: body(message) });
}

/**
 * Checks an event's attributes.
 * @param given an attribute's value by its name
 * @param called what an attribute is called in a sentence
 * @throws PoisonMessageError saying what is wrong
 */
export function readAttributes(given: (name: string) => unknown, called: (name: string) => string): CloudEventAttributes {
  const text = (name: string): string => {
    const value = given(name);
    if (value === undefined) throw new PoisonMessageError(`${called(name)} is missing.`);
    if (typeof value !== 'string' || value === '') throw new PoisonMessageError(`${called(name)} must be a text that is not empty.`);
    return value;
  };
  const version = text('specversion');
  if (version !== '1.0') throw new PoisonMessageError(`${called('specversion')} says ${version}; only 1.0 is read.`);
  const time = text('time');
  if (Number.isNaN(Date.parse(time))) throw new PoisonMessageError(`${called('time')} is no date and time: ${time}.`);
  const traceparent = given('traceparent');
  return {
    id: text('id'),
    source: text('source'),
    type: text('type'),
    subject: text('subject'),
    time,
    sequence: wholeNumber(given('sequence'), called('sequence')),
    partitionkey: text('partitionkey'),
    ...(typeof traceparent === 'string' && { traceparent }),
  };
}

function wholeNumber(value: unknown, called: string): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (number === undefined) throw new PoisonMessageError(`${called} is missing.`);
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new PoisonMessageError(`${called} must be a whole number from 0, not ${JSON.stringify(value)}.`);
  }
  return number;
}

function body(message: AmqpMessage): unknown {
  const contentType = message.properties.contentType;
  if (contentType !== undefined && !/^application\/(.+\+)?json\b/i.test(contentType)) {
    throw new PoisonMessageError(`The content type is ${contentType}; only JSON is read.`);
  }
  return jsonIn(message.content);
}

/** What a body says. @throws PoisonMessageError where it is no JSON */
export function jsonIn(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8')) as unknown;
  } catch (error) {
    throw new PoisonMessageError(`The body is no JSON: ${(error as Error).message}.`);
  }
}
