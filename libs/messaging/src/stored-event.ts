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

/** What is told of one subject by a row of the outbox: an event, and its companion behind it. */
export interface OutboxRow {
  readonly seq: string;
  readonly subject: string;
  readonly messages: readonly OutboxMessage[];
}

/** An event as it is published, its body as the text that was stored. */
export interface OutboxMessage {
  readonly routingKey: string;
  readonly event: CloudEventAttributes;
  readonly body: Buffer;
}

/** A row of the outbox as whoever wrote it knows it. */
export type WrittenRow = Omit<OutboxRow, 'seq'>;

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

/** An event's companion as it is published. */
export function companionMessage(event: CloudEventAttributes, companion: StoredCompanion): OutboxMessage {
  const { routingKey, data } = companion;
  return { routingKey, event: companionAttributes(event, companion), body: Buffer.from(JSON.stringify(data)) };
}

/** The attributes of an event's companion. */
export function companionAttributes(event: CloudEventAttributes, { id, type, sequence }: Companion): CloudEventAttributes {
  return { ...event, id, type, sequence };
}
