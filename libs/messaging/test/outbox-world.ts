import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { OutboxFlight } from '../src/outbox-flight.js';
import type { OutboxRow } from '../src/outbox-session.js';
import { type Answer, type ChannelStandIn, givenFlight, rowOf } from './channel-stand-in.js';

export type Step =
  /** One event, or two that share a row. */
  | { readonly do: 'write'; readonly subject: string; readonly types: readonly string[] }
  | { readonly do: 'scan' }
  | { readonly do: 'send' }
  | { readonly do: 'delete' }
  | { readonly do: 'bind'; readonly type: string }
  | { readonly do: 'answer'; readonly index: number; readonly answer: Answer }
  /** The broker takes so many of the open rows and cannot say so any more. */
  | { readonly do: 'close'; readonly taken: number };

const anyWrite = fc.record({
  do: fc.constant('write' as const),
  subject: fc.constantFrom('a', 'b'),
  types: fc.array(fc.constantFrom('x', 'y'), { minLength: 1, maxLength: 2 }),
});
const anyRelaying = fc.constantFrom<Step>({ do: 'scan' }, { do: 'send' }, { do: 'delete' });
const anyClose = fc.record({ do: fc.constant('close' as const), taken: fc.nat(5) });
export const anyAnswer = fc.record({
  do: fc.constant('answer' as const),
  index: fc.nat(5),
  answer: fc.constantFrom<Answer>('ack', 'ack', 'ack', 'nack', 'return'),
});
export const anyBind = fc.record({ do: fc.constant('bind' as const), type: fc.constantFrom('x', 'y') });
export const inTurn = fc.constant<Step>({ do: 'answer', index: 0, answer: 'ack' });

export const steps = (...others: { weight: number; arbitrary: fc.Arbitrary<Step> }[]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof({ weight: 6, arbitrary: anyWrite }, { weight: 8, arbitrary: anyRelaying }, { weight: 1, arbitrary: anyClose }, ...others),
    { minLength: 10, maxLength: 120 },
  );

/** The table, a relay that scans and sends with anything happening in between, and a broker with its queue. */
export class World {
  table: OutboxRow[] = [];
  readonly written = new Map<string, number>();
  /** `<subject>/<number>`, as it came. */
  readonly queue: string[] = [];
  readonly bound = new Set<string>();
  #rows = 0;
  /** By what their returns are told by: what was written, in its order. */
  readonly #events = new Map<string, { readonly row: OutboxRow; readonly name: string }>();
  #scan: OutboxRow[] = [];
  channel!: ChannelStandIn;
  flight!: OutboxFlight;
  #answers = new Map<string, Answer>();
  #published = new Set<string>();

  constructor() {
    this.takeOff();
  }

  takeOff(): void {
    const { channel, flight } = givenFlight();
    Object.assign(this, { channel, flight });
    channel.onPublish = (seq) => this.#publishedNow(seq);
    this.#scan = [];
    this.#answers = new Map();
    this.#published = new Set();
  }

  run(step: Step): void {
    if (step.do === 'write') this.#write(step.subject, step.types);
    else if (step.do === 'scan') {
      const { inHand, failing } = this.flight.beginScan();
      this.#scan = this.table.filter(({ seq, subject }) => !inHand.includes(seq) && !failing.includes(subject)).slice(0, 4);
    } else if (step.do === 'send') for (const row of this.#scan.splice(0)) this.flight.send(row);
    else if (step.do === 'answer') this.#answer(step.index, step.answer);
    else if (step.do === 'delete') this.#delete();
    else if (step.do === 'bind') this.bound.add(step.type);
    else {
      for (const { seq, routingKey } of this.channel.open.slice(0, step.taken)) if (this.bound.has(routingKey)) this.#take(seq);
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
    row.messages.forEach(({ event }, index) => {
      const id = index === types.length - 1 ? row.seq : `${row.seq}-${index}`;
      this.#events.set(id, { row, name: `${subject}/${event.sequence}` });
    });
    this.table.push(row);
  }

  #answer(index: number, answer: Answer): void {
    const open = this.channel.open[index];
    if (!open) return;
    const given = answer === 'ack' && !this.bound.has(open.routingKey) ? 'return' : answer;
    this.#answers.set(open.seq, given);
    if (given === 'ack') this.#take(open.seq);
    this.channel.answer(index, given);
  }

  #take(id: string): void {
    this.queue.push(String(this.#events.get(id)?.name));
  }

  /** In order: an earlier event of the subject that is still in the table was published before, and is not known to have failed. */
  #publishedNow(id: string): void {
    this.#answers.delete(id);
    for (const earlier of this.#earlier(id)) {
      expect(this.#published).toContain(earlier);
      expect(['nack', 'return']).not.toContain(this.#answers.get(earlier));
    }
    this.#published.add(id);
  }

  /** Only what the broker has all of, and never before an earlier row of the subject. */
  #delete(): void {
    const seqs = this.flight.takeDeletable();
    const rows = this.table.filter(({ seq }) => seqs.includes(seq));
    expect(rows).toHaveLength(seqs.length);
    for (const [id, { row }] of this.#events) {
      if (!rows.includes(row)) continue;
      expect(this.#answers.get(id)).toBe('ack');
      for (const earlier of this.#earlier(id)) expect(rows).toContain(this.#events.get(earlier)?.row);
    }
    this.table = this.table.filter((row) => !rows.includes(row));
    this.flight.deleted(seqs);
  }

  #earlier(id: string): string[] {
    const ids = [...this.#events.keys()];
    const subject = this.#events.get(id)?.row.subject;
    return ids.slice(0, ids.indexOf(id)).filter((one) => {
      const row = this.#events.get(one)?.row;
      return row?.subject === subject && row !== undefined && this.table.includes(row);
    });
  }

  finish(): void {
    for (const type of ['x', 'y']) this.bound.add(type);
    for (let round = 0; this.table.length > 0 && round < 1_000; round++) {
      this.run({ do: 'scan' });
      this.run({ do: 'send' });
      while (this.channel.open.length > 0) this.run({ do: 'answer', index: 0, answer: 'ack' });
      this.run({ do: 'delete' });
    }
    expect(this.table).toEqual([]);
    for (const [subject, count] of this.written)
      for (let number = 1; number <= count; number++) expect(this.queue).toContain(`${subject}/${number}`);
    const { size, unanswered, bytes } = this.flight;
    expect({ size, unanswered, bytes }).toEqual({ size: 0, unanswered: 0, bytes: 0 });
  }
}
