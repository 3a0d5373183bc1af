export type { FeedEvent } from './event.js';
export { type FollowFeedOptions, followFeed, type PositionStore } from './follow-feed.js';
export { FeedGoneError, type FeedPage, type FeedPageWanted, FeedRefusedError, readFeed } from './read-feed.js';
export type { LostEvents, SequenceStore } from './subject-lines.js';
export { type SubscribeOptions, type Subscription, sequencesInMemory, subscribe } from './subscribe.js';
