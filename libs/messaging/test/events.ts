import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { CloudEvent, MessagingLogger } from '#messaging';

export function eventOf(subject: string, sequence: number, given: Partial<CloudEvent> = {}): CloudEvent {
  return {
    id: randomUUID(),
    source: '/sender',
    type: 'io.supping.thing.changed.v1',
    subject,
    time: '2026-01-02T03:04:05.678Z',
    sequence,
    partitionkey: subject,
    data: { subject, sequence },
    ...given,
  };
}

export const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** A logger to look into. */
export function recording(): MessagingLogger & { readonly lines: string[] } {
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  return { lines, log: note, warn: note, error: note };
}

/** `<subject>/<sequence>` of each event. */
export const named = (events: readonly CloudEvent[]): string[] => events.map(({ subject, sequence }) => `${subject}/${sequence}`);

/** The first time each event came. */
export const firstOccurrences = (events: readonly CloudEvent[]): string[] => [...new Set(named(events))];

const text = fc.string({ minLength: 1, unit: 'grapheme' });
export const anyEvent: fc.Arbitrary<CloudEvent> = fc.record(
  {
    id: text,
    source: text,
    type: text,
    subject: text,
    time: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }).map((date) => date.toISOString()),
    sequence: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    partitionkey: text,
    traceparent: text,
    data: fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  },
  { requiredKeys: ['id', 'source', 'type', 'subject', 'time', 'sequence', 'partitionkey', 'data'] },
);
