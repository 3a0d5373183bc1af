import { type EventData, eventType } from '#contracts';
import type { CloudEvent } from '#messaging';

type VersionEvents = Pick<EventData, 'order.created' | 'order.amended' | 'order.progressed'>;

/** The CloudEvent of one version; the same version gives the same event id, however often it is sent. */
export function versionEvent<N extends keyof VersionEvents>(name: N, data: VersionEvents[N]): CloudEvent<VersionEvents[N]> {
  return {
    id: `${data.orderId}/versions/${data.version}`,
    source: '/order-service',
    type: eventType(name),
    subject: data.orderId,
    time: data.at,
    sequence: data.version,
    partitionkey: data.orderId,
    data,
  };
}
