import { type EffectiveOrderRevised, eventName, type HeadNews, type ItemNews, newestHeads, type SupplementRefused } from '#contracts';
import type { Json, JsonObject, Problem } from '#order-model';

export interface OutcomeNews {
  readonly id: string;
  readonly orderId: string;
  /** Of the entry in the line that came to this: a supplement may have had one before. */
  readonly sequence: number;
  readonly state: 'merged' | 'held' | 'rejected';
  readonly revision: number | null;
  readonly problems: readonly Problem[] | null;
  readonly at: string;
}
/** The `requestedCompletionDate` of an order, `null` for none, and the revision that set it. */
export interface DueDateNews {
  readonly orderId: string;
  readonly revision: number;
  readonly dueDate: string | null;
}
/**
 * What a batch of the merger's events says: the newest head per order, the newest state per item, the newest due date
 * of the orders whose date changed, the newest outcome of each supplement.
 */
export interface News {
  readonly heads: readonly HeadNews[];
  readonly items: readonly ItemNews[];
  readonly dueDates: readonly DueDateNews[];
  readonly outcomes: readonly OutcomeNews[];
}

const DUE_DATE = 'requestedCompletionDate';

function outcomeOf(event: { readonly type: string; readonly data: unknown }): OutcomeNews | undefined {
  const name = eventName(event.type);
  if (name === 'effective-order.revised') {
    // A merge is told by the revision that it made: `supplement.merged` says nothing more, and is for others.
    const { cause, orderId, revision, at } = event.data as EffectiveOrderRevised;
    if (cause.kind !== 'supplement' || cause.sequence === undefined) return undefined;
    return { id: cause.id, orderId, sequence: cause.sequence, state: 'merged', revision, problems: null, at };
  }
  if (name === 'supplement.held' || name === 'supplement.rejected') {
    const { supplementId: id, orderId, sequence, problems, at } = event.data as SupplementRefused;
    return { id, orderId, sequence, state: name === 'supplement.held' ? 'held' : 'rejected', revision: null, problems, at };
  }
  return undefined;
}

/** The due date that a revision set, `undefined` where it left it alone. The first revision's delta is the whole document. */
function dueDateOf({ delta }: EffectiveOrderRevised): string | null | undefined {
  const change = delta.findLast(({ path }) => path === '' || path === `/${DUE_DATE}`);
  if (change === undefined) return undefined;
  const { after } = change;
  const date: Json | undefined = change.path === '' ? (after as JsonObject | undefined)?.[DUE_DATE] : after;
  return typeof date === 'string' ? date : null;
}

function dueDatesOf(revised: readonly EffectiveOrderRevised[]): DueDateNews[] {
  const newest = new Map<string, DueDateNews>();
  for (const event of revised) {
    const { orderId, revision } = event;
    const dueDate = dueDateOf(event);
    if (dueDate !== undefined && revision > (newest.get(orderId)?.revision ?? 0)) newest.set(orderId, { orderId, revision, dueDate });
  }
  return [...newest.values()];
}

/** Folds a batch of events, in any order and with any repetition, into what is to be stored. */
export function newsOf(events: readonly { readonly type: string; readonly data: unknown }[]): News {
  const revised: EffectiveOrderRevised[] = [];
  const outcomes = new Map<string, OutcomeNews>();
  for (const event of events) {
    if (eventName(event.type) === 'effective-order.revised') revised.push(event.data as EffectiveOrderRevised);
    const outcome = outcomeOf(event);
    if (outcome !== undefined && outcome.sequence >= (outcomes.get(outcome.id)?.sequence ?? 0)) outcomes.set(outcome.id, outcome);
  }
  return { ...newestHeads(revised), dueDates: dueDatesOf(revised), outcomes: [...outcomes.values()] };
}
