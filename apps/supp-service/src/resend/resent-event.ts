import type { SupplementAccepted } from '#contracts';
import type { CloudEvent } from '#messaging';
import type { Supplement } from '../supplement.js';
import { eventOf, hasEnteredAgain } from '../supplement-event.js';

/** When the entry that a supplement had first was accepted: with the last answer, or at once. */
function firstAcceptedAt({ approvals, submittedAt }: Supplement): string {
  return (
    approvals
      .flatMap(({ at }) => at ?? [])
      .sort()
      .at(-1) ?? submittedAt
  );
}

/**
 * The event of an entry in the line as it was published first: the same id, the same data to the byte.
 * @param superseded the entry, where the supplement has a later one by now. Only a first entry can be superseded: one
 * that enters again overwrites, and is never held.
 */
export function resentEvent(supplement: Supplement, superseded: SupplementAccepted | undefined): CloudEvent {
  const { by, resolution } = supplement;
  if (superseded === undefined) {
    const at = resolution !== undefined && hasEnteredAgain(supplement) ? resolution.at : firstAcceptedAt(supplement);
    return eventOf('supplement.accepted', supplement, { at, by });
  }
  const { resolution: _later, ...first } = supplement;
  const event = eventOf('supplement.accepted', { ...first, sequence: superseded.sequence }, { at: firstAcceptedAt(supplement), by });
  return { ...event, data: superseded };
}
