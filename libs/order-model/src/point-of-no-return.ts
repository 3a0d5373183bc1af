import { ITEMS, stateOf } from './items.js';
import { own } from './json.js';
import { parsePath } from './paths.js';
import type { ItemState, JsonObject } from './types.js';

/** One rule of where fulfilment takes no change any more. */
export interface ClosingRule {
  /** In these states … */
  readonly states: readonly ItemState[];
  /** … or, in any state, once fulfilment has flagged the item `pointOfNoReturn`. */
  readonly flagged: boolean;
  /** Keyed paths relative to the item that close, with all above and below them; absent: the whole item. `/state` closes its cancellation. */
  readonly paths?: readonly string[];
}

/** Where the point of no return of an item lies (domain.md, "Policy"). */
export interface PointOfNoReturn {
  /** Keyed paths relative to the item that stay open whatever the rules say, with all below them. */
  readonly alwaysOpen: readonly string[];
  readonly rules: readonly ClosingRule[];
}

/** domain.md, "Refusals": completed, failed, cancelled or flagged; contacts and notes can always be taken. */
export const usualPointOfNoReturn: PointOfNoReturn = {
  alwaysOpen: ['/note', '/relatedParty', '/relatedContactInformation'],
  rules: [{ states: ['completed', 'failed', 'cancelled'], flagged: true }],
};

const parsed = new WeakMap<readonly string[], readonly (readonly string[])[]>();

/** The tokens of a policy's paths; a merge asks for them several times, and a policy does not change. */
function tokensOf(paths: readonly string[]): readonly (readonly string[])[] {
  let tokens = parsed.get(paths);
  if (tokens === undefined) {
    tokens = paths.map(parsePath);
    parsed.set(paths, tokens);
  }
  return tokens;
}

/** Whether a place lies at or below another. */
export const startsWith = (tokens: readonly string[], prefix: readonly string[]): boolean =>
  prefix.every((token, at) => token === tokens[at]);

/** Whether a place stays open past the point of no return. @param tokens of the place, relative to the order or to an item */
export function isAlwaysOpen(tokens: readonly string[], { alwaysOpen }: PointOfNoReturn): boolean {
  const within = withinInnermostItem(tokens);
  return tokensOf(alwaysOpen).some((place) => startsWith(within, place));
}

/** The place relative to the innermost item on its way: `productOrderItem/1/productOrderItem/1.1/note` is its `note`. */
function withinInnermostItem(tokens: readonly string[]): readonly string[] {
  let within = tokens;
  while (within[0] === ITEMS && within.length > 2) within = within.slice(2);
  return within;
}

/** The states that close something of an item that is in them; one that is in none of these and not flagged is open. */
export function closingStates({ rules }: PointOfNoReturn): ItemState[] {
  return rules.flatMap(({ states }) => states);
}

/** The places of an item, in tokens relative to it, that its state or flag closes, with all above and below them; none in it: all of it. */
export function closedPlaces(item: JsonObject, { rules }: PointOfNoReturn): (readonly string[])[] {
  const flag = own(item, 'pointOfNoReturn') === true;
  const state = stateOf(item);
  return rules.flatMap(({ states, flagged, paths }) => {
    if (!states.includes(state) && !(flagged && flag)) return [];
    return paths === undefined ? [[]] : tokensOf(paths);
  });
}

/**
 * Whether fulfilment takes no change to this place of an item any more.
 * @param tokens of the place, relative to the item; none: all of it
 */
export function isClosed(item: JsonObject, tokens: readonly string[], pointOfNoReturn: PointOfNoReturn): boolean {
  if (isAlwaysOpen(tokens, pointOfNoReturn)) return false;
  return closedPlaces(item, pointOfNoReturn).some((place) => startsWith(place, tokens) || startsWith(tokens, place));
}
