import type { Reason } from '#order-model';
import { accepted, enteredAgain, type Line, left } from '../line.js';
import type { Refusal } from '../refusal.js';
import type { ChargeAnswer, Resolution, Supplement } from '../supplement.js';
import type { Told } from '../supplement-event.js';

/** Who does something about a supplement, when and why. */
export interface Deed {
  readonly at: string;
  readonly by: string;
  readonly reason?: Reason;
}

/** What became of a supplement and of its order's line. */
export interface Changed {
  readonly kind: 'changed';
  readonly supplement: Supplement;
  readonly line: Line;
  /** What the outside is told, if anything. */
  readonly tells?: Told;
  /** The approval that was declined or expired. */
  readonly approval?: string;
}
export type Decision = Changed | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The charge of a supplement that ended: nobody will answer it any more. */
function voided(charge: ChargeAnswer | undefined, at: string): { charge?: ChargeAnswer } {
  if (charge === undefined) return {};
  return { charge: charge.state === 'open' ? { ...charge, state: 'void', at } : charge };
}

/** A supplement that ends unmerged; one that was held has left the waiting room before. */
export function ends(
  supplement: Supplement,
  line: Line,
  state: 'declined' | 'expired' | 'withdrawn',
  at: string,
  given: { readonly approval?: string; readonly resolution?: Resolution } = {},
): Changed {
  const { approval, resolution } = given;
  return {
    kind: 'changed',
    supplement: { ...supplement, state, ...voided(supplement.charge, at), ...(resolution === undefined ? {} : { resolution }) },
    line: supplement.state === 'pendingApproval' ? left(line) : line,
    tells: `supplement.${state}`,
    ...(approval === undefined ? {} : { approval }),
  };
}

/** A supplement that waited and gets its place in the line. */
export function becomesAccepted(supplement: Supplement, line: Line): Changed {
  const after = accepted(line);
  return {
    kind: 'changed',
    supplement: { ...supplement, state: 'accepted', sequence: after.lastSequence },
    line: after,
    tells: 'supplement.accepted',
  };
}

/** A held supplement as a new entry at the end of the line. */
export function entersAgain(supplement: Supplement, line: Line, resolution: Resolution): Changed {
  const after = enteredAgain(line);
  const { problems: _solved, ...rest } = supplement;
  return {
    kind: 'changed',
    supplement: { ...rest, state: 'accepted', sequence: after.lastSequence, resolution },
    line: after,
    tells: 'supplement.accepted',
  };
}
