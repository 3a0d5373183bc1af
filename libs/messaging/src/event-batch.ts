import type { Options } from 'amqplib';
import {
  type AmqpMessage,
  type CloudEvent,
  type CloudEventAttributes,
  fromAmqp,
  jsonIn,
  PoisonMessageError,
  readAttributes,
  structuredHead,
  toAmqp,
} from './cloud-event.js';

/** Events of a batch at most: a message's own cost is a few hundredths of each by then, and prefetch counts messages. */
export const MOST_IN_BATCH = 16;
/** Bytes of a batch, unless a single event has more. */
export const BATCH_BYTES = 256 * 1024;

/** The JSON batch format of CloudEvents 1.0 (§4). */
const BATCH = 'application/cloudevents-batch+json';
/** What the last event of a batch ends with. */
const END = '}]';
/** Header: how many events are in a batch, so that nobody has to read it to know. */
const COUNT = 'supping-events';

/** An event and its data as JSON text. */
interface Told {
  readonly event: CloudEventAttributes;
  readonly body: Buffer;
}

/**
 * The AMQP message that carries events: one alone as `toAmqp` has it, several as a JSON batch.
 * @param told of one routing key, at least one, in the order in which they are to be read
 */
export function toBatch(told: readonly Told[]): { body: Buffer; properties: Options.Publish } {
  const [first] = told as readonly [Told, ...Told[]];
  if (told.length === 1) return { body: first.body, properties: toAmqp(first.event).properties };
  return { body: batchOf(told), properties: { headers: { [COUNT]: told.length }, contentType: BATCH, persistent: true } };
}

/** A batch's text, put together in place: a buffer for each head costs as much as its text. */
function batchOf(told: readonly Told[]): Buffer {
  const heads = told.map(({ event }, index) => `${index === 0 ? '[' : '},'}${structuredHead(event)}`);
  const bytes = Buffer.allocUnsafe(
    told.reduce((sum, { body }, index) => sum + Buffer.byteLength(heads[index] as string) + body.length, END.length),
  );
  let at = 0;
  for (const [index, { body }] of told.entries()) {
    at += bytes.write(heads[index] as string, at);
    at += body.copy(bytes, at);
  }
  bytes.write(END, at);
  return bytes;
}

/** How many events a message says it has. */
export function eventsIn({ properties }: AmqpMessage): number {
  const count = properties.headers?.[COUNT];
  return typeof count === 'number' && count > 0 ? count : 1;
}

/**
 * Reads the event of a message, or the events of a batch.
 * @throws PoisonMessageError saying what is wrong; of a batch with one event that cannot be read none is
 */
export function eventsFromAmqp(message: AmqpMessage): CloudEvent[] {
  if (message.properties.contentType !== BATCH) return [fromAmqp(message)];
  const items = jsonIn(message.content);
  if (!Array.isArray(items) || items.length === 0) throw new PoisonMessageError('The body is no batch: a JSON array of events.');
  return items.map((item: unknown, index) => {
    if (typeof item !== 'object' || item === null) throw new PoisonMessageError(`Event ${index} of the batch is no JSON object.`);
    const fields = item as Readonly<Record<string, unknown>>;
    const attributes = readAttributes(
      (name) => fields[name],
      (name) => `The attribute ${name} of event ${index} of the batch`,
    );
    return Object.assign(attributes, { data: fields.data ?? null });
  });
}
