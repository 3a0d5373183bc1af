/** A downstream consumer says that it works from a revision (`ack`), or why it does not (`nack`). */
export interface Acknowledge {
  readonly orderId: string;
  readonly consumer: string;
  readonly revision: number;
  readonly status: 'ack' | 'nack';
  readonly reason?: string;
  readonly by: string;
  /** RFC 3339 UTC. */
  readonly at: string;
}

/** The latest that a consumer said of an order. */
export interface Acknowledgement extends Acknowledge {
  /** Its number among all that was said of the order. */
  readonly number: number;
  /** The newest revision the consumer works from, 0 for none. */
  readonly acked: number;
}

export type AcknowledgeDecision =
  | { readonly kind: 'refused'; readonly detail: string }
  /** It speaks of an older revision than the latest does: kept, but the latest stays. */
  | { readonly kind: 'late' }
  | { readonly kind: 'latest'; readonly latest: Acknowledgement };

/**
 * What an acknowledgement comes to (domain.md, "Fulfilment's side"). A refusal takes back that the consumer works from
 * the revision it refuses; one of a newer revision leaves it at those before.
 * @param known the latest of this consumer on this order
 * @param number of this one among all that was said of the order
 */
export function decideAcknowledgement(
  head: number,
  known: Acknowledgement | undefined,
  said: Acknowledge,
  number: number,
): AcknowledgeDecision {
  const { revision, status } = said;
  if (revision > head) return { kind: 'refused', detail: `the order is at revision ${head}; there is no revision ${revision} yet` };
  if (known !== undefined && revision < known.revision) return { kind: 'late' };
  const acked = status === 'ack' ? revision : Math.min(known?.acked ?? 0, revision - 1);
  return { kind: 'latest', latest: { ...said, number, acked } };
}
