/** What services ask each other over RabbitMQ; tools/generate/requests.ts tells the outside of it. */
export const ORDER_RESEND = 'order.resend';
export const SUPPLEMENT_RESEND = 'supplement.resend';
export const ORDER_HEADS = 'order.heads';
export const SUPPLEMENT_HEADS = 'supplement.heads';

/** Numbers `from` to `to` of an order's line are wanted again; an empty range only asks for the head. */
export interface ResendRequest {
  readonly orderId: string;
  readonly from: number;
  readonly to: number;
}

/** @typeParam E the events, with their data as they were published first */
export interface Resent<E> {
  readonly orderId: string;
  /** Whether the owner knows the order. */
  readonly found: boolean;
  /** The last number given, 0 for none. */
  readonly head: number;
  /** In order, from `from` on; there may be more than one answer holds. */
  readonly events: readonly E[];
}

/** A page of the owner's heads, the longest unchanged first. */
export interface HeadsRequest {
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
  /** RFC 3339 UTC; only those that changed since, and some that changed within two minutes before. */
  readonly changedSince?: string;
}

export interface OwnerHead {
  readonly orderId: string;
  readonly head: number;
}
export interface OwnerHeads {
  readonly heads: readonly OwnerHead[];
  /** Where the next page begins; absent: there is none. */
  readonly next?: string;
  /** The owner's clock before it read them, RFC 3339 UTC. */
  readonly at: string;
}

/** Most that one answer holds. */
export const MOST_RESENT = 1_000;
/** Bytes of data after which an answer ends: RabbitMQ takes 16 MiB, and one event more may be nearly that. */
export const RESENT_BYTES = 4 * 1024 * 1024;
export const MOST_HEADS = 1_000;

/** Place in the list of heads. */
export interface HeadsPlace {
  /** RFC 3339 UTC, or `-infinity`. */
  readonly changedAt: string;
  readonly orderId: string;
}

/** A head with its place in the list. */
export interface ChangedHead extends HeadsPlace {
  readonly head: number;
}

/**
 * One page of heads.
 * @param at the owner's clock before it reads
 * @param read gives so many heads from where the request's page begins
 */
export async function pageOfHeads(
  { limit }: HeadsRequest,
  at: string,
  read: (limit: number) => Promise<readonly ChangedHead[]>,
): Promise<OwnerHeads> {
  const size = Math.max(1, Math.min(MOST_HEADS, limit));
  const found = await read(size);
  const last = found.length < size ? undefined : found.at(-1);
  const heads = found.map(({ orderId, head }) => ({ orderId, head }));
  return { heads, at, ...(last === undefined ? {} : { next: `${last.changedAt} ${last.orderId}` }) };
}

/** Where a page begins. @throws RangeError for an `after` that no page gave */
export function readHeadsPlace({ after, changedSince }: HeadsRequest): HeadsPlace {
  if (after === undefined) return { changedAt: changedSince === undefined ? '-infinity' : beforeOf(changedSince), orderId: '' };
  const space = after.indexOf(' ');
  const [changedAt, orderId] = [after.slice(0, space), after.slice(space + 1)];
  if (space < 0 || orderId === '' || Number.isNaN(Date.parse(changedAt))) throw new RangeError(`after is the next of no page: ${after}`);
  return { changedAt, orderId };
}

/**
 * How far before an instant one must look: changes are noted to the minute, at the beginning of their transaction.
 */
function beforeOf(instant: string): string {
  return new Date(Date.parse(instant) - 120_000).toISOString();
}
