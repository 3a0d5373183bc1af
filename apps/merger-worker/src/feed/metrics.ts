import { Gauge, type Registry } from 'prom-client';
import type { Places } from './places.js';

/** Shows how many listen. */
export function measureFeed(places: Places, register: Registry): void {
  new Gauge({
    name: 'supping_event_listeners',
    help: 'Event streams open and requests waiting for an event, of SUPPING_STREAMS_LIMIT',
    registers: [register],
    collect() {
      this.set(places.taken);
    },
  });
}
