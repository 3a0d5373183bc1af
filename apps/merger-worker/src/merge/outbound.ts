import { type EventData, type EventName, eventType, type ItemFacts, settledOf } from '#contracts';
import type { CloudEvent, OutgoingEvent } from '#messaging';
import type { ItemState, MergeInput, Outcome } from '#order-model';
import type { MergedInput } from './merge-line.js';
import type { OrderWrite } from './save.store.js';

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
function eventsOf(input: MergeInput, outcome: Outcome, at: string): OutgoingEvent[] {
  const { orderId } = outcome.order;
  const told = input.kind === 'supplement' ? { supplementId: input.id, orderId, sequence: input.sequence, at } : undefined;
  switch (outcome.kind) {
    case 'revised': {
      const { revision } = outcome;
      const data = Object.assign({}, revision, { previousRevision: revision.revision - 1, items: facts(outcome) });
      const revised = event('effective-order.revised', `${orderId}/revisions/${revision.revision}`, revision.revision, orderId, at, data);
      if (told === undefined) return [revised];
      const merged: EventData['supplement.merged'] = Object.assign({}, told, { revision: revision.revision });
      const id = `${told.supplementId}/merged`;
      const companion = { id, type: eventType('supplement.merged'), sequence: told.sequence, data: merged };
      return [Object.assign(revised, { companion })];
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

/** What one event tells the owners of. */
interface ForOwners {
  readonly first: OrderWrite;
  readonly told: CloudEvent[];
  /** How much that is, as `newsIn` counts it. */
  news: number;
}

/** The event that tells the owners, under the name of the first of its orders. */
function settled({ first, told }: ForOwners): CloudEvent {
  const { at } = first;
  const { orderId, version, sequence } = first.order;
  const taken = version + sequence;
  return event('merge.settled', `${orderId}/settled/${taken}`, taken, orderId, at, settledOf(told));
}

/** Of items and inputs that one event tells the owners of, unless a single order has more: some hundred KB. */
const MOST_NEWS = 5_000;

/** How much a revision, or another outcome, tells the owners at most. */
const newsIn = ({ outcome }: MergedInput): number => 1 + (outcome.kind === 'revised' ? outcome.changedItems.length : 0);

/**
 * The events that tell of a batch: of each input for whoever listens, and all of it together for the owners of orders
 * and supplements. An event each would cost both of them more than the merge itself, one for each shard eight times as much.
 */
export function eventsOfBatch(writes: readonly OrderWrite[]): OutgoingEvent[] {
  const told: OutgoingEvent[] = [];
  const forOwners: ForOwners[] = [];
  for (const write of writes) {
    const events = write.steps.flatMap(({ input, outcome }) => eventsOf(input, outcome, write.at));
    if (events.length === 0) continue;
    told.push(...events);
    const news = write.steps.reduce((sum, step) => sum + newsIn(step), 0);
    const open = forOwners.at(-1);
    if (open === undefined || open.news + news > MOST_NEWS) forOwners.push({ first: write, told: events, news });
    else {
      open.told.push(...events);
      open.news += news;
    }
  }
  return [...told, ...forOwners.map(settled)];
}
