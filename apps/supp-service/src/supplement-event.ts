import { type EventData, eventType, type SupplementAccepted } from '#contracts';
import type { CloudEvent, JsonText } from '#messaging';
import type { Reason } from '#order-model';
import { NOTHING_REQUESTED, type Supplement } from './supplement.js';

/** The step of a supplement's life that an event tells of. */
export type Told = 'supplement.submitted' | 'supplement.accepted' | 'supplement.declined' | 'supplement.expired' | 'supplement.withdrawn';

/** Who took the step and when; `approval` is the one that was declined or expired. */
export interface Step {
  readonly at: string;
  readonly by: string;
  readonly reason?: Reason;
  readonly approval?: string;
}

function event<N extends Told>(name: N, id: string, sequence: number, at: string, data: EventData[N]): CloudEvent {
  const { orderId } = data;
  return { id, source: '/supp-service', type: eventType(name), subject: orderId, time: at, sequence, partitionkey: orderId, data };
}

const identified = ({ id, orderId, submittedAt, by, reverts, request }: Supplement) => ({
  ...request,
  id,
  orderId,
  submittedAt,
  by,
  ...(reverts === undefined ? {} : { reverts }),
});

/** Whether it was held and entered the line again; one that was dropped has the entry that was held. */
export function hasEnteredAgain({ resolution }: Supplement): boolean {
  return resolution !== undefined && resolution.action !== 'drop';
}

/** The supplement's entry in the order's line. One that an operator applies after all overwrites, and its revision says what. */
export function entryOf(supplement: Supplement): SupplementAccepted {
  const { sequence = 0 } = supplement;
  return { ...identified(supplement), ...(hasEnteredAgain(supplement) ? { onConflict: 'overwrite' as const } : {}), sequence };
}

/**
 * The event of a step. Its CloudEvents `sequence` is the place in the order's line for an accepted supplement, and for
 * the others, which have none, the supplement's number among those of its order.
 */
export function eventOf(name: Told, supplement: Supplement, { at, by, reason, approval }: Step): CloudEvent {
  const { id, place } = supplement;
  switch (name) {
    case 'supplement.accepted': {
      const entry = entryOf(supplement);
      return event(name, hasEnteredAgain(supplement) ? `${id}/${entry.sequence}` : id, entry.sequence, at, entry);
    }
    case 'supplement.submitted': {
      const approvals = supplement.approvals.map(({ name: rule, by: party, dueDate }) => ({ name: rule, by: party, dueDate }));
      return event(name, `${id}/submitted`, place, at, { ...identified(supplement), approvals });
    }
    case 'supplement.declined':
    case 'supplement.expired':
    case 'supplement.withdrawn': {
      const ended = {
        ...identified(supplement),
        at,
        endedBy: by,
        ...(reason === undefined ? {} : { endReason: reason }),
        ...(approval === undefined ? {} : { approval }),
      };
      return event(name, `${id}/${supplement.state}`, place, at, ended);
    }
    default:
      return name satisfies never;
  }
}

/** The step of a new supplement's life, as event and audit name it. */
export const stepOf = ({ state }: Supplement) =>
  state === 'accepted' ? ('supplement.accepted' as const) : ('supplement.submitted' as const);

/** The event of a new supplement. @param request what was requested, as it is stored: it is not written out once more */
export function arrivalOf(supplement: Supplement, request: JsonText): CloudEvent {
  const { submittedAt: at, by } = supplement;
  const event = eventOf(stepOf(supplement), { ...supplement, request: NOTHING_REQUESTED }, { at, by });
  return { ...event, data: request.and(event.data as object) };
}
