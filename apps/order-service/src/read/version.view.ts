import type { Change, ItemProgress, Json, Problem, Reason } from '#order-model';
import type { StoredVersion } from './orders.store.js';

const KINDS = { 'order.created': 'orderCreated', 'order.amended': 'amendment', 'order.progressed': 'progress' } as const;

/** One version of the base order, and what it came to in the effective order. */
export interface VersionView {
  readonly orderId: string;
  readonly version: number;
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly reason?: Reason;
  readonly note?: string;
  readonly basedOnRevision?: number;
  readonly items?: readonly ItemProgress[];
  readonly delta: readonly Change[];
  /** Revision that this version made; absent while it is not merged. */
  readonly revision?: number;
  /** What of it could not apply in the effective order, and why. */
  readonly notApplied?: readonly Problem[];
}

export function versionView({ kind, data, revision, not_applied }: StoredVersion): VersionView {
  const { order, ...said } = data as { order?: Json };
  const created = order === undefined ? {} : { id: data.orderId, delta: [{ path: '', after: order }] };
  return {
    ...created,
    ...said,
    kind: KINDS[kind],
    ...(revision === null ? {} : { revision }),
    ...(not_applied === null ? {} : { notApplied: not_applied }),
  } as unknown as VersionView;
}
