import {
  type EffectiveOrderRevised,
  eventName,
  type HeadNews,
  type ItemNews,
  newestHeads,
  type SupplementMerged,
  type SupplementRefused,
} from '#contracts';
import type { Problem } from '#order-model';

export interface OutcomeNews {
  readonly id: string;
  readonly state: 'merged' | 'held' | 'rejected';
  readonly revision: number | null;
  readonly problems: readonly Problem[] | null;
}
/** What a batch of the merger's events says: the newest head per order, the newest state per item, each outcome once. */
export interface News {
  readonly heads: readonly HeadNews[];
  readonly items: readonly ItemNews[];
  readonly outcomes: readonly OutcomeNews[];
}

/** Folds a batch of events, in any order and with any repetition, into what is to be stored. */
export function newsOf(events: readonly { readonly type: string; readonly data: unknown }[]): News {
  const revised: EffectiveOrderRevised[] = [];
  const outcomes = new Map<string, OutcomeNews>();
  for (const event of events) {
    const name = eventName(event.type);
    if (name === 'effective-order.revised') revised.push(event.data as EffectiveOrderRevised);
    else if (name === 'supplement.merged') {
      const { supplementId: id, revision } = event.data as SupplementMerged;
      outcomes.set(id, { id, state: 'merged', revision, problems: null });
    } else if (name === 'supplement.held' || name === 'supplement.rejected') {
      const { supplementId: id, problems } = event.data as SupplementRefused;
      outcomes.set(id, { id, state: name === 'supplement.held' ? 'held' : 'rejected', revision: null, problems });
    }
  }
  return { ...newestHeads(revised), outcomes: [...outcomes.values()] };
}
