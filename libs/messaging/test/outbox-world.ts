import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { OutboxFlight } from '../src/outbox-flight.js';
import type { OutboxRow } from '../src/stored-event.js';
import { type Answer, BATCHED, BATCHED_TOO, type ChannelStandIn, givenFlight, rowOf } from './channel-stand-in.js';

export type Step =
  /** One event, or two that share a row. */
  | { readonly do: 'write'; readonly subject: string; readonly types: readonly string[] }
  | { readonly do: 'scan' }
  | { readonly do: 'send' }
  | { readonly do: 'delete' }
  | { readonly do: 'bind'; readonly way: string }
  | { readonly do: 'answer'; readonly index: number; readonly answer: Answer }
  /** The broker takes so many of the open rows and cannot say so any more. */
  | { readonly do: 'close'; readonly taken: number };

const anyWrite = fc.record({
  do: fc.constant('write' as const),
  subject: fc.constantFrom('a', 'b'),
  types: fc.array(fc.constantFrom('x', 'y', BATCHED, BATCHED_TOO), { minLength: 1, maxLength: 2 }),
});
const anyRelaying = fc.constantFrom<Step>({ do: 'scan' }, { do: 'send' }, { do: 'delete' });
const anyClose = fc.record({ do: fc.constant('close' as const), taken: fc.nat(5) });
export const anyAnswer = fc.record({
  do: fc.constant('answer' as const),
  index: fc.nat(5),
  answer: fc.constantFrom<Answer>('ack', 'ack', 'ack', 'nack', 'return'),
});
/** Exchanges and routing keys for which there must be a queue. */
const WAYS = ['events x', 'events y', `batches ${BATCHED}`, `batches ${BATCHED_TOO}`];
/** Those on which events may find nobody. */
const QUIET = [`events ${BATCHED}`, `events ${BATCHED_TOO}`];
export const anyBind = fc.record({ do: fc.constant('bind' as const), way: fc.constantFrom(...WAYS, ...QUIET) });
export const anyTaken = fc.record({ do: fc.constant('answer' as const), index: fc.nat(5), answer: fc.constant<Answer>('ack') });

export const steps = (...others: { weight: number; arbitrary: fc.Arbitrary<Step> }[]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof({ weight: 6, arbitrary: anyWrite }, { weight: 8, arbitrary: anyRelaying }, { weight: 1, arbitrary: anyClose }, ...others),
    { minLength: 10, maxLength: 120 },
  );

type Open = ChannelStandIn['open'][number];
const exchangeOf = (place: string): string => place.slice(0, place.indexOf(' '));

/** The table, a relay that scans and sends with anything happening in between, and a broker with a queue of each exchange. */
export class World {
  table: OutboxRow[] = [];
  readonly written = new Map<string, number>();
  /** `<exchange> <subject>/<number>`, as it came. */
  readonly queue: string[] = [];
  readonly bound = new Set<string>();
  #rows = 0;
  /** What was written, in its order: where each event is to be told, and the row it is in. */
  readonly #places = new Map<string, OutboxRow>();
  /** Places on quiet ways, with the way. */
  readonly #quiet = new Map<string, string>();
  /** Rows that were written before anybody listened there, by way. */
  readonly #unheard = new Map<string, number>();
  #scan: OutboxRow[] = [];
  channel!: ChannelStandIn;
  flight!: OutboxFlight;
  #answers = new Map<string, Answer>();
  #published = new Set<string>();
  /** What the broker has done with what is open. */
  readonly #fates = new WeakMap<Open, Answer>();

  /** @param heardFromTheStart somebody listens to everything, always */
  constructor(readonly heardFromTheStart = false) {
    if (heardFromTheStart) for (const way of [...WAYS, ...QUIET]) this.run({ do: 'bind', way });
    this.takeOff();
  }

  takeOff(): void {
    const { channel, flight } = givenFlight();
    Object.assign(this, { channel, flight });
    channel.onPublish = (places) => {
      for (const place of places) this.#publishedNow(place);
    };
    this.#scan = [];
    this.#answers = new Map();
    this.#published = new Set();
  }

  run(step: Step): void {
    if (step.do === 'write') this.#write(step.subject, step.types);
    else if (step.do === 'scan') {
      const { inHand, failing } = this.flight.beginScan();
      this.#scan = this.table.filter(({ seq, subject }) => !inHand.includes(seq) && !failing.includes(subject)).slice(0, 4);
    } else if (step.do === 'send') {
      for (const row of this.#scan.splice(0)) this.flight.send(row);
      this.flight.flush();
    } else if (step.do === 'answer') this.#answer(step.index, step.answer);
    else if (step.do === 'delete') this.#delete();
    else if (step.do === 'bind') {
      if (!this.bound.has(step.way)) this.#unheard.set(step.way, this.#rows);
      this.bound.add(step.way);
    } else {
      this.#reach(Math.min(step.taken, this.channel.open.length) - 1);
      this.channel.close();
      this.#delete();
      this.takeOff();
    }
  }

  #write(subject: string, types: readonly string[]): void {
    const written = this.written.get(subject) ?? 0;
    this.written.set(subject, written + types.length);
    this.#rows += 1;
    const row = rowOf(this.#rows, subject, written + 1, ...types);
    row.messages.forEach(({ routingKey, event }) => {
      const name = `${subject}/${event.sequence}`;
      this.#places.set(`events ${name}`, row);
      if (routingKey !== BATCHED && routingKey !== BATCHED_TOO) return;
      this.#places.set(`batches ${name}`, row);
      this.#quiet.set(`events ${name}`, `events ${routingKey}`);
    });
    this.table.push(row);
  }

  #answer(index: number, answer: Answer): void {
    const open = this.channel.open[index];
    if (!open) return;
    this.#reach(index, answer);
    const given = answer === 'nack' ? answer : (this.#fates.get(open) as Answer);
    for (const place of open.places) this.#answers.set(place, given);
    this.channel.answer(index, given);
  }

  /** The broker deals with what is published in its order up to this one, and may answer in any. @param answer to this one, where that can be */
  #reach(index: number, answer: Answer = 'ack'): void {
    this.channel.open.slice(0, index + 1).forEach((open, at) => {
      if (this.#fates.has(open)) return;
      const wanted = at === index ? answer : 'ack';
      const bound = this.bound.has(`${open.exchange} ${open.routingKey}`);
      // A quiet event that came back from a queue that is there would be gone: no broker does that.
      const possible = wanted === 'return' && bound && open.places.some((place) => this.#quiet.has(place)) ? 'ack' : wanted;
      const fate = possible === 'ack' && !bound ? 'return' : possible;
      this.#fates.set(open, fate);
      if (fate === 'ack') this.queue.push(...open.places);
    });
  }

  /** In order: what is told on the same exchange before it and is still in the table was published before, and is not known to have failed. */
  #publishedNow(place: string): void {
    this.#answers.delete(place);
    for (const earlier of this.#earlier(place)) {
      const quiet = this.#quiet.has(earlier);
      // Of those that nobody listens to not all are sent, and to come back is no failure.
      if (!quiet && this.#lineOf(earlier) === this.#lineOf(place)) expect(this.#published).toContain(earlier);
      expect(quiet ? ['nack'] : ['nack', 'return']).not.toContain(this.#answers.get(earlier));
    }
    this.#published.add(place);
  }

  /** Only what the broker has all of, and never before an earlier row of the subject. */
  #delete(): void {
    const seqs = this.flight.takeDeletable();
    const rows = this.table.filter(({ seq }) => seqs.includes(seq));
    expect(rows).toHaveLength(seqs.length);
    for (const [place, row] of this.#places) {
      if (!rows.includes(row)) continue;
      if (this.#quiet.has(place)) expect(this.#answers.get(place)).not.toBe('nack');
      else expect(this.#answers.get(place)).toBe('ack');
      for (const earlier of this.#earlier(place)) expect(rows).toContain(this.#places.get(earlier));
    }
    this.table = this.table.filter((row) => !rows.includes(row));
    this.flight.deleted(seqs);
  }

  #earlier(place: string): string[] {
    const places = [...this.#places.keys()];
    const subject = this.#places.get(place)?.subject;
    return places.slice(0, places.indexOf(place)).filter((one) => {
      const row = this.#places.get(one);
      return row?.subject === subject && row !== undefined && this.table.includes(row);
    });
  }

  /** The numbers of what came of a subject, the first time it did, by line: each must be in order. */
  lines(subject: string): number[][] {
    const lines = new Map<string, number[]>();
    for (const place of new Set(this.queue)) {
      if (!place.split(' ')[1]?.startsWith(`${subject}/`)) continue;
      const line = this.#lineOf(place);
      lines.set(line, [...(lines.get(line) ?? []), Number(place.split('/')[1])]);
    }
    return [...lines.values()];
  }

  /**
   * What is told together in order: on the exchange of events everything, but for what somebody may begin to listen to
   * while it goes unheard, which is in order by routing key; and so is what goes to the exchange of batches, whose reader
   * puts it in order.
   */
  #lineOf(place: string): string {
    const quiet = this.#quiet.get(place);
    if (quiet !== undefined) return this.heardFromTheStart ? 'events' : quiet;
    return exchangeOf(place) === 'batches' ? `batches ${this.#quiet.get(place.replace('batches', 'events'))}` : 'events';
  }

  finish(): void {
    for (const way of WAYS) this.bound.add(way);
    for (let round = 0; this.table.length > 0 && round < 1_000; round++) {
      this.run({ do: 'scan' });
      this.run({ do: 'send' });
      while (this.channel.open.length > 0) this.run({ do: 'answer', index: 0, answer: 'ack' });
      this.run({ do: 'delete' });
    }
    expect(this.table).toEqual([]);
    for (const [place, row] of this.#places) {
      const way = this.#quiet.get(place);
      if (way === undefined || Number(row.seq) > (this.#unheard.get(way) ?? Number.POSITIVE_INFINITY)) expect(this.queue).toContain(place);
    }
    const { size, unanswered, bytes } = this.flight;
    expect({ size, unanswered, bytes }).toEqual({ size: 0, unanswered: 0, bytes: 0 });
  }
}
