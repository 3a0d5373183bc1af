import type { Change, ItemProgress, JsonObject, Revision } from '#order-model';
import type { Operation } from '../load/operation.js';

/** One event as the downstream consumer first saw it. */
export interface Seen {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly sequence: number;
  readonly data: unknown;
  readonly hash: string;
  /** Its place among the events seen, from 1. */
  readonly place: number;
  /** How often it came from its owner. */
  times: number;
}

/** One event as the feed gave it to who followed it, in that order. */
export type Followed = Pick<Seen, 'id' | 'source' | 'type' | 'subject' | 'sequence'>;

export type VersionKind = 'order.created' | 'order.amended' | 'order.progressed';

/** One version of a base order, as its owner has it. */
export interface VersionRow {
  readonly orderId: string;
  readonly version: number;
  readonly kind: VersionKind;
  readonly data: {
    readonly order?: JsonObject;
    readonly delta?: readonly Change[];
    readonly items?: readonly ItemProgress[];
    readonly reason?: { readonly text?: string };
    readonly note?: string;
  };
}

/** One supplement, as its owner has it. */
export interface SupplementRow {
  readonly id: string;
  readonly orderId: string;
  readonly sequence: number | null;
  readonly state: string;
  readonly revision: number | null;
  readonly request: {
    readonly changes: JsonObject;
    readonly reason?: { readonly text?: string };
    readonly basedOnRevision?: number;
    readonly onConflict?: 'hold' | 'reject' | 'overwrite';
  };
}

/** One input as the merger recorded it: `ordinal` is its place among all of the order, nothing while it waits. */
export interface InputRow {
  readonly orderId: string;
  readonly line: 'version' | 'supplement';
  readonly number: number;
  readonly ordinal: number | null;
}

export interface RevisionRow {
  readonly orderId: string;
  readonly revision: number;
  readonly at: string;
  readonly body: Revision;
}

/** The head of an effective order, and the whole document behind it. */
export interface EffectiveRow {
  readonly orderId: string;
  readonly revision: number;
  readonly version: number;
  readonly sequence: number;
  readonly state: string;
  readonly document: JsonObject;
}

/** What an owner has heard of an order's head. */
export interface HeardRow {
  readonly owner: string;
  readonly orderId: string;
  readonly revision: number;
  readonly state: string;
}

/** All that the checker is given. */
export interface Evidence {
  readonly operations: readonly Operation[];
  readonly versions: readonly VersionRow[];
  readonly supplements: readonly SupplementRow[];
  readonly inputs: readonly InputRow[];
  readonly revisions: readonly RevisionRow[];
  readonly effective: readonly EffectiveRow[];
  readonly heard: readonly HeardRow[];
  readonly seen: readonly Seen[];
  /** Events that the consumer had bound, all where it is absent. */
  readonly subscribed?: ReadonlySet<string>;
  readonly followed: readonly Followed[];
  /** Rows left in each outbox. */
  readonly outboxes: Readonly<Record<string, number>>;
  /** Messages left in each queue, dead letters apart. */
  readonly queues: Readonly<Record<string, number>>;
  readonly deadLetters: readonly { readonly id: string; readonly reason: string }[];
  /** Ids of messages that were made to end there. */
  readonly expectedDeadLetters: ReadonlySet<string>;
}

/** What kind of promise is broken. */
export type FindingKind = 'lost' | 'duplicated' | 'reordered' | 'deadLetter' | 'other';

export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
  /** When what it is about was asked for, where that is known. */
  readonly at?: number | undefined;
}
