import type { CloudEventAttributes, Companion } from './cloud-event.js';

/** The columns of an event's attributes and of its companion, as the outbox and the event log have them and `pg` reads them. */
export interface StoredAttributes {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly partitionkey: string;
  readonly sequence: string;
  readonly time: Date;
  readonly source: string;
  readonly traceparent: string | null;
  /** `null` where the event has none. */
  readonly companion: StoredCompanion | null;
}

/** What of a companion is stored beside its event. */
export interface StoredCompanion extends Companion {
  readonly routingKey: string;
}

/** The names of these columns, for a statement. */
export const ATTRIBUTES = 'id, type, subject, partitionkey, sequence, time, source, traceparent, companion';

export function attributesOf(row: StoredAttributes): CloudEventAttributes {
  return {
    id: row.id,
    source: row.source,
    type: row.type,
    subject: row.subject,
    time: row.time.toISOString(),
    sequence: Number(row.sequence),
    partitionkey: row.partitionkey,
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
  };
}

/** The attributes of an event's companion. */
export function companionAttributes(event: CloudEventAttributes, { id, type, sequence }: Companion): CloudEventAttributes {
  return { ...event, id, type, sequence };
}
