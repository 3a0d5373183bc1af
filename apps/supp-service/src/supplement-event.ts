import { type EventData, eventType, type SupplementAccepted, type SupplementRequest } from '#contracts';
import type { CloudEvent, JsonText } from '#messaging';
import type { Reason } from '#order-model';
import type { Supplement } from './supplement.js';

/** The step of a supplement's life that an event tells of. */
export type Told = 'supplement.submitted' | 'supplement.accepted' | 'supplement.declined' | 'supplement.expired' | 'supplement.withdrawn';

/** Who took the step and when; `approval` is the one that was declined or expired. */
export interface Step {
  readonly at: string;
  readonly by: string;
  readonly reason?: Reason;
  readonly approval?: string;
}

function event<N extends Told>(name: N, { orderId }: Supplement, id: string, sequence: number, at: string, data: EventData[N]): CloudEvent {
  return { id, source: '/supp-service', type: eventType(name), subject: orderId, time: at, sequence, partitionkey: orderId, data };
}

/** What every event says of a supplement beside what was requested. */
function identity({ id, orderId, submittedAt, by, reverts }: Supplement) {
  const known = { id, orderId, submittedAt, by };
  return reverts === undefined ? known : { ...known, reverts };
}

/** What was requested, and what is said beside it. @param request the text of what was requested, if it is at hand: it is not written out once more */
function saying<T extends object>(
  supplement: Supplement,
  beside: T,
  request?: JsonText,
): SupplementRequest & ReturnType<typeof identity> & T {
  const said = Object.assign(identity(supplement), beside);
  if (request === undefined) return { ...supplement.request, ...said };
  // It stands for the same value, wherever it is written out.
  return request.and(said) as unknown as SupplementRequest & typeof said;
}

/** Whether it was held and entered the line again; one that was dropped has the entry that was held. */
export function hasEnteredAgain({ resolution }: Supplement): boolean {
  return resolution !== undefined && resolution.action !== 'drop';
}

/** One that an operator applies after all overwrites, and its revision says what. */
function entered(supplement: Supplement) {
  const { sequence = 0 } = supplement;
  return hasEnteredAgain(supplement) ? { onConflict: 'overwrite' as const, sequence } : { sequence };
}

/** The supplement's entry in the order's line. */
export function entryOf(supplement: Supplement): SupplementAccepted {
  return saying(supplement, entered(supplement));
}

/**
 * The event of a step. Its CloudEvents `sequence` is the place in the order's line for an accepted supplement, and for
 * the others, which have none, the supplement's number among those of its order.
 * @param request the text of what was requested, if it is at hand
 */
export function eventOf(name: Told, supplement: Supplement, { at, by, reason, approval }: Step, request?: JsonText): CloudEvent {
  const { id, place, sequence = 0 } = supplement;
  switch (name) {
    case 'supplement.accepted': {
      const entry = saying(supplement, entered(supplement), request);
      return event(name, supplement, hasEnteredAgain(supplement) ? `${id}/${sequence}` : id, sequence, at, entry);
    }
    case 'supplement.submitted': {
      const approvals = supplement.approvals.map(({ name: rule, by: party, dueDate }) => ({ name: rule, by: party, dueDate }));
      return event(name, supplement, `${id}/submitted`, place, at, saying(supplement, { approvals }, request));
    }
    case 'supplement.declined':
    case 'supplement.expired':
    case 'supplement.withdrawn': {
      const ended = {
        at,
        endedBy: by,
        ...(reason === undefined ? {} : { endReason: reason }),
        ...(approval === undefined ? {} : { approval }),
      };
      return event(name, supplement, `${id}/${supplement.state}`, place, at, saying(supplement, ended, request));
    }
    default:
      return name satisfies never;
  }
}

/** The step of a new supplement's life, as event and audit name it. */
export const stepOf = ({ state }: Supplement) =>
  state === 'accepted' ? ('supplement.accepted' as const) : ('supplement.submitted' as const);

/** The event of a new supplement. @param request what was requested, as it is stored */
export function arrivalOf(supplement: Supplement, request: JsonText): CloudEvent {
  const { submittedAt: at, by } = supplement;
  return eventOf(stepOf(supplement), supplement, { at, by }, request);
}
