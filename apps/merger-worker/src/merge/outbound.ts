import { type EventData, type EventName, eventType, type ItemFacts } from '#contracts';
import type { CloudEvent } from '#messaging';
import type { ItemState, MergeInput, Outcome } from '#order-model';

function event<N extends EventName>(name: N, id: string, sequence: number, orderId: string, at: string, data: EventData[N]): CloudEvent {
  return { id, source: '/merger-worker', type: eventType(name), subject: orderId, time: at, sequence, partitionkey: orderId, data };
}

function facts(outcome: Outcome & { kind: 'revised' }): ItemFacts[] {
  return outcome.changedItems.flatMap((id) => {
    const doc = outcome.order.items.get(id)?.doc;
    if (doc === undefined) return [];
    return [{ id, state: doc.state as ItemState, pointOfNoReturn: doc.pointOfNoReturn === true }];
  });
}

/** The events that tell of one merged, held or rejected input. Ids are made of what they tell: a repeat has the same. */
export function eventsOf(input: MergeInput, outcome: Outcome, at: string): CloudEvent[] {
  const { orderId } = outcome.order;
  const told = input.kind === 'supplement' ? { supplementId: input.id, orderId, sequence: input.sequence, at } : undefined;
  switch (outcome.kind) {
    case 'revised': {
      const { revision } = outcome;
      const data = { ...revision, previousRevision: revision.revision - 1, items: facts(outcome) };
      const revised = event('effective-order.revised', `${orderId}/revisions/${revision.revision}`, revision.revision, orderId, at, data);
      if (told === undefined) return [revised];
      const merged = { ...told, revision: revision.revision };
      return [revised, event('supplement.merged', `${told.supplementId}/merged`, told.sequence, orderId, at, merged)];
    }
    case 'held':
    case 'rejected': {
      if (told === undefined) return [];
      const name = outcome.kind === 'held' ? 'supplement.held' : 'supplement.rejected';
      const data = { ...told, problems: outcome.problems };
      return [event(name, `${told.supplementId}/${outcome.kind}`, told.sequence, orderId, at, data)];
    }
    default:
      return outcome satisfies never;
  }
}
