import type { SupplementRequest } from '#contracts';
import { changesFromDelta, type Problem, type Reason, type Revision } from '#order-model';
import type { Refusal } from '../refusal.js';
import type { Supplement } from '../supplement.js';

/** What the caller may say about a revert. */
export interface RevertGiven {
  readonly externalId?: string;
  readonly reason?: Reason;
}

/** Why a supplement cannot be reverted as it stands, if so: only what is merged can be. */
export function obstacleToRevert(supplement: Supplement): Refusal | undefined {
  return supplement.state === 'merged' && supplement.revision !== undefined
    ? undefined
    : { kind: 'wrongState', supplement, wanted: 'reverted' };
}

/**
 * The supplement that takes a merged one back: it has seen that one's revision and is refused where a later change
 * stands on it. With problems it cannot be said.
 */
export function requestToRevert(
  { id, request }: Supplement,
  { revision, delta }: Pick<Revision, 'revision' | 'delta'>,
  { externalId, reason }: RevertGiven,
): { readonly request: SupplementRequest; readonly problems: readonly Problem[] } {
  const { changes, problems } = changesFromDelta(delta, request.changes);
  return {
    request: {
      category: 'correction',
      reason: reason ?? { text: `reverts ${id}` },
      basedOnRevision: revision,
      onConflict: 'reject',
      changes,
      ...(externalId === undefined ? {} : { externalId }),
    },
    problems,
  };
}
