import type { SupplementAccepted, SupplementRequest } from '#contracts';
import type { Problem } from '#order-model';

export type SupplementState = 'accepted' | 'merged' | 'held' | 'rejected';

/** A supplement as it reads back: as posted, and what became of it. */
export interface SupplementView extends SupplementRequest {
  readonly id: string;
  readonly orderId: string;
  readonly state: SupplementState;
  readonly sequence: number;
  /** Revision of the effective order that it made, once merged. */
  readonly revision?: number;
  /** Why it is held or was rejected. */
  readonly problems?: readonly Problem[];
  readonly submittedAt: string;
  readonly by: string;
}

export function viewOfAccepted(supplement: SupplementAccepted): SupplementView {
  return { ...supplement, state: 'accepted' };
}
