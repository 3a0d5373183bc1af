import type { JsonObject, Problem } from '#order-model';
import type { Line } from '../line.js';
import type { Resolution, Supplement } from '../supplement.js';
import { type Decision, type Deed, ends, entersAgain } from './decision.js';

/** What an operator does about a held supplement. */
export interface ResolveSupplement extends Deed {
  readonly action: Resolution['action'];
  /** In the place of those that were held, where the action is `edit`. */
  readonly changes?: JsonObject;
}

/**
 * Decides on the resolution of a held supplement: it enters the line again at its end, as it is or edited, or is
 * dropped.
 * @param problems what is certain of the changes to be applied, as at the door
 */
export function decideResolution(supplement: Supplement, line: Line, command: ResolveSupplement, problems: readonly Problem[]): Decision {
  if (supplement.state !== 'held') return { kind: 'refused', refusal: { kind: 'wrongState', supplement, wanted: 'resolved' } };
  const { action, changes, at, by, reason } = command;
  const resolution = { action, at, by, ...(reason === undefined ? {} : { reason }) };
  if (action === 'drop') return ends(supplement, line, 'declined', at, { resolution });
  if (problems.length > 0) return { kind: 'refused', refusal: { kind: 'problems', problems } };
  const request = changes === undefined ? supplement.request : { ...supplement.request, changes };
  return entersAgain({ ...supplement, request }, line, resolution);
}
