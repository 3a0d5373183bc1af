import { eventName, FEED_FAMILIES, type FeedData, type FeedEventName } from '#contracts';
import type { CloudEvent } from '#messaging/wire';

/** An event of the merger, told apart by `name`: its type without domain and version. */
export type FeedEvent = {
  [N in FeedEventName]: CloudEvent<FeedData[N]> & {
    readonly name: N;
    /** Its place in the feed; absent where it came by RabbitMQ. */
    readonly position?: number;
  };
}[FeedEventName];

/** The event by its name; `undefined` for one that this version does not know: a consumer passes over it. */
export function feedEventOf(event: CloudEvent & { readonly position?: number }): FeedEvent | undefined {
  const name = eventName(event.type);
  return name !== undefined && name in FEED_FAMILIES ? ({ ...event, name } as FeedEvent) : undefined;
}
