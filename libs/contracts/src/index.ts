export type {
  EffectiveOrderAcknowledged,
  EffectiveOrderRevised,
  ItemFacts,
  SupplementMerged,
  SupplementRefused,
} from './effective-orders.js';
export {
  type EventData,
  type EventName,
  type EventOwner,
  eventName,
  eventOwners,
  eventSchemas,
  eventType,
  faultOfEvent,
} from './events.js';
export { eventsOfFamily, FEED_EVENTS, FEED_FAMILIES, type FeedData, type FeedEventName, type FeedFamily, UNKEPT_EVENTS } from './feed.js';
export type { OrderAmended, OrderCreated, OrderProgressed } from './orders.js';
export {
  type ChangedHead,
  type HeadsPlace,
  type HeadsRequest,
  MOST_HEADS,
  MOST_RESENT,
  ORDER_HEADS,
  ORDER_RESEND,
  type OwnerHead,
  type OwnerHeads,
  pageOfHeads,
  RESENT_BYTES,
  type ResendRequest,
  type Resent,
  readHeadsPlace,
  SUPPLEMENT_HEADS,
  SUPPLEMENT_RESEND,
} from './requests.js';
export type { DueDateNews, HeadNews, ItemNews, MergeSettled, OutcomeNews, VersionNews } from './settled.js';
export { settledOf } from './settled-of.js';
export { ReasonBody, SupplementBody } from './supplement.body.js';
export type { ApprovalWanted, SupplementAccepted, SupplementEnded, SupplementRequest, SupplementSubmitted } from './supplements.js';
export { BATCHED_EVENTS, UNHEARD_EVENTS } from './unheard.js';
