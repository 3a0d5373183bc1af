export type { EffectiveOrderRevised, ItemFacts, SupplementMerged, SupplementRefused } from './effective-orders.js';
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
export { type HeadNews, type ItemNews, newestHeads } from './heads.js';
export type { OrderAmended, OrderCreated, OrderProgressed } from './orders.js';
export { SupplementBody } from './supplement.body.js';
export type { SupplementAccepted, SupplementRequest } from './supplements.js';
