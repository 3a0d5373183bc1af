import type { EventData, EventName } from './events.js';

/**
 * What merger-worker publishes and keeps in its feed, and the family each is numbered in: the events of one family are
 * numbered 1, 2, 3 … per order (`sequence`), without gaps. Every supplement that is merged, held or rejected is one of one line.
 */
export const FEED_FAMILIES = {
  'effective-order.revised': 'revisions',
  'effective-order.acknowledged': 'acknowledgements',
  'supplement.merged': 'outcomes',
  'supplement.held': 'outcomes',
  'supplement.rejected': 'outcomes',
} as const satisfies Partial<Record<EventName, string>>;

export type FeedEventName = keyof typeof FEED_FAMILIES;
export type FeedFamily = (typeof FEED_FAMILIES)[FeedEventName];
export type FeedData = Pick<EventData, FeedEventName>;

export const FEED_EVENTS = Object.keys(FEED_FAMILIES) as readonly FeedEventName[];

/** The events that are numbered together. */
export function eventsOfFamily(family: FeedFamily): readonly FeedEventName[] {
  return FEED_EVENTS.filter((name) => FEED_FAMILIES[name] === family);
}

/** What merger-worker tells on the broker only: the owners' own news, which the events in the feed tell as well. */
export const UNKEPT_EVENTS: readonly EventName[] = ['merge.settled'];
