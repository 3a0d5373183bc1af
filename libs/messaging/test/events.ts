import { randomUUID } from 'node:crypto';
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
