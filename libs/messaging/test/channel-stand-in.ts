import { EventEmitter } from 'node:events';
import type { ConfirmChannel, Options } from 'amqplib';
import type { AmqpMessage } from '../src/cloud-event.js';
import { eventsFromAmqp } from '../src/event-batch.js';
import { OutboxFlight } from '../src/outbox-flight.js';
import type { OutboxRow } from '../src/stored-event.js';
import { eventOf } from './events.js';

export type Answer = 'ack' | 'nack' | 'return' | 'throw';

interface Published {
  /** Of the row, and a number of the event in it. Of a batch, that of its first event. */
  readonly seq: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** What it holds, each as `<exchange> <subject>/<sequence>`. */
  readonly places: readonly string[];
  readonly options: Options.Publish;
  readonly confirm: (error: Error | null) => void;
}

/** What of a confirm channel the flight uses, moved by hand: the state machine is tested here, not the broker. */
export class ChannelStandIn extends EventEmitter {
  open: Published[] = [];
  throwing = false;
  onPublish: (places: readonly string[]) => void = () => undefined;

  publish(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: Options.Publish,
    confirm: (error: Error | null) => void,
  ): boolean {
    if (this.throwing) throw new TypeError('cannot be written');
    const events = eventsFromAmqp({ content, properties: options as AmqpMessage['properties'] });
    const places = events.map(({ subject, sequence }) => `${exchange} ${subject}/${sequence}`);
    this.onPublish(places);
    this.open.push({ seq: String(options.correlationId), exchange, routingKey, places, options, confirm });
    return true;
  }

  answer(index: number, answer: Answer): void {
    const [answered] = this.open.splice(index, 1);
    if (!answered) return;
    if (answer === 'return') this.emit('return', { properties: answered.options, fields: { routingKey: answered.routingKey } });
    answered.confirm(answer === 'nack' ? new Error('message nacked') : null);
  }

  /** Answers the oldest message that went to an exchange. */
  answerOn(exchange: string, answer: Answer): void {
    const index = this.open.findIndex((one) => one.exchange === exchange);
    if (index < 0) throw new Error(`nothing is open on ${exchange}`);
    this.answer(index, answer);
  }

  /** Takes all that is open, and what that sets free. @param exchange only what went there */
  takeAll(exchange?: string): void {
    const isMeant = (one: Published): boolean => exchange === undefined || one.exchange === exchange;
    while (this.open.some(isMeant)) this.answer(this.open.findIndex(isMeant), 'ack');
  }

  close(): void {
    for (const { confirm } of this.open.splice(0)) confirm(new Error('channel closed'));
    this.emit('close');
  }
}

/** The routing keys of events that are told in batches too. */
export const BATCHED = 'batched.00';
export const BATCHED_TOO = 'batched-too.00';

/** The same event id everywhere, as if one event had been put in many times. */
export function rowOf(seq: number, subject: string, number: number, ...routingKeys: string[]): OutboxRow {
  const keys = routingKeys.length === 0 ? ['thing.00'] : routingKeys;
  const messages = keys.map((routingKey, index) => {
    return { routingKey, body: Buffer.from('{}'), event: eventOf(subject, number + index, { id: 'same', type: routingKey }) };
  });
  return { seq: String(seq), subject, messages };
}

export function givenFlight(): { channel: ChannelStandIn; flight: OutboxFlight; failures: string[] } {
  const channel = new ChannelStandIn();
  const failures: string[] = [];
  const listener = {
    changed: () => undefined,
    succeeded: () => undefined,
    failed: (subject: string, reason: string) => failures.push(`${subject}: ${reason}`),
  };
  const isBatched = (type: string): boolean => type === BATCHED || type === BATCHED_TOO;
  const rules = { exchange: 'events', batches: 'batches', unheard: isBatched, batched: isBatched };
  return { channel, failures, flight: new OutboxFlight(channel as unknown as ConfirmChannel, rules, listener) };
}

/** One whose channel is known to route, so that rows go out without waiting. */
export function givenRoutedFlight(routingKey = 'thing.00'): ReturnType<typeof givenFlight> {
  const given = givenFlight();
  given.flight.send(rowOf(0, 'first', 1, routingKey));
  given.flight.flush();
  while (given.channel.open.length > 0)
    given.channel.answer(0, given.channel.open[0]?.exchange === 'events' && routingKey === BATCHED ? 'return' : 'ack');
  given.flight.deleted(given.flight.takeDeletable());
  return given;
}
