import { type Json, type JsonObject, parsePath } from '#order-model';
import type { EffectiveOrderRevised, SupplementRefused } from './effective-orders.js';
import { eventName } from './events.js';
import type { DueDateNews, HeadNews, ItemNews, MergeSettled, OutcomeNews, VersionNews } from './settled.js';

const DUE_DATE = 'requestedCompletionDate';
const ITEM_FACTS: readonly (string | undefined)[] = [undefined, 'state', 'pointOfNoReturn'];

/** What a revision says of the due date; nothing where it left it alone. The first revision's delta is the whole document. */
function dueDateOf({ orderId, revision, delta }: EffectiveOrderRevised): DueDateNews[] {
  const change = delta.findLast(({ path }) => path === '' || path === `/${DUE_DATE}`);
  if (change === undefined) return [];
  const { after } = change;
  const date: Json | undefined = change.path === '' ? (after as JsonObject | undefined)?.[DUE_DATE] : after;
  return [{ orderId, revision, ...(typeof date === 'string' ? { dueDate: date } : {}) }];
}

/** The items that a revision gave another state or point of no return, by their ids. */
function itemsOf({ delta, items }: EffectiveOrderRevised): EffectiveOrderRevised['items'] {
  if (delta.some(({ path }) => path === '')) return items;
  const ids = new Set(
    delta.map(({ path }) => {
      const [list, id, fact, ...below] = parsePath(path);
      return list === 'productOrderItem' && ITEM_FACTS.includes(fact) && below.length === 0 ? id : undefined;
    }),
  );
  return items.filter(({ id }) => ids.has(id));
}

function settledBy(event: EffectiveOrderRevised): MergeSettled {
  const { orderId, revision, state, cause, at, plan, notApplied } = event;
  const adds = cause.kind === 'supplement' ? plan.filter(({ action }) => action === 'add') : [];
  const added = new Set(adds.map(({ itemId }) => itemId));
  return {
    heads: [{ orderId, revision, state }],
    items: itemsOf(event).map(({ id: itemId, state: itemState, pointOfNoReturn }) => {
      return { orderId, itemId, revision, state: itemState, pointOfNoReturn, ...(added.has(itemId) ? { addedBy: cause.id } : {}) };
    }),
    dueDates: dueDateOf(event),
    // A merge is told by the revision that it made: `supplement.merged` says nothing more, and is for others.
    outcomes:
      cause.kind === 'supplement' && cause.sequence !== undefined
        ? [{ id: cause.id, orderId, sequence: cause.sequence, state: 'merged', revision, at }]
        : [],
    versions:
      cause.version === undefined
        ? []
        : [{ orderId, version: cause.version, revision, ...(notApplied === undefined ? {} : { notApplied }) }],
  };
}

const NOTHING: MergeSettled = { heads: [], items: [], dueDates: [], outcomes: [], versions: [] };

function toldBy({ type, data }: { readonly type: string; readonly data: unknown }): MergeSettled {
  const name = eventName(type);
  if (name === 'merge.settled') return data as MergeSettled;
  if (name === 'effective-order.revised') return settledBy(data as EffectiveOrderRevised);
  if (name !== 'supplement.held' && name !== 'supplement.rejected') return NOTHING;
  const { supplementId: id, orderId, sequence, problems, at } = data as SupplementRefused;
  const state = name === 'supplement.held' ? 'held' : 'rejected';
  return { ...NOTHING, outcomes: [{ id, orderId, sequence, state, problems, at }] };
}

/** Of each key the news with the highest number, sorted by key. */
class Newest<T> {
  private readonly byKey = new Map<string, T>();

  constructor(
    private readonly keyOf: (news: T) => string,
    private readonly numberOf: (news: T) => number,
    private readonly join: (newer: T, older: T) => T = (newer) => newer,
  ) {}

  add(news: readonly T[]): void {
    for (const one of news) {
      const key = this.keyOf(one);
      const known = this.byKey.get(key);
      if (known === undefined) this.byKey.set(key, one);
      else this.byKey.set(key, this.numberOf(one) > this.numberOf(known) ? this.join(one, known) : this.join(known, one));
    }
  }

  get sorted(): T[] {
    return [...this.byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, news]) => news);
  }
}

const ofOrder = ({ orderId }: { readonly orderId: string }): string => orderId;
const atRevision = ({ revision }: { readonly revision: number }): number => revision;

/**
 * Folds events of the merger, in any order and with any repetition, into what they come to: those that tell of one
 * merge, and `merge.settled`, which tells of many; any other says nothing. Each list has a key once, sorted by it.
 */
export function settledOf(events: readonly { readonly type: string; readonly data: unknown }[]): MergeSettled {
  const heads = new Newest<HeadNews>(ofOrder, atRevision);
  const items = new Newest<ItemNews>(
    ({ orderId, itemId }) => JSON.stringify([orderId, itemId]),
    atRevision,
    (newer, older) => (newer.addedBy === undefined && older.addedBy !== undefined ? { ...newer, addedBy: older.addedBy } : newer),
  );
  const dueDates = new Newest<DueDateNews>(ofOrder, atRevision);
  const outcomes = new Newest<OutcomeNews>(
    ({ id }) => id,
    ({ sequence }) => sequence,
  );
  const versions = new Newest<VersionNews>(({ orderId, version }) => JSON.stringify([orderId, version]), atRevision);
  for (const event of events) {
    const told = toldBy(event);
    heads.add(told.heads);
    items.add(told.items);
    dueDates.add(told.dueDates);
    outcomes.add(told.outcomes);
    versions.add(told.versions);
  }
  return { heads: heads.sorted, items: items.sorted, dueDates: dueDates.sorted, outcomes: outcomes.sorted, versions: versions.sorted };
}
