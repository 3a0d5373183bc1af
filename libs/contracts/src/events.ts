import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  type EffectiveOrderAcknowledged,
  type EffectiveOrderRevised,
  effectiveOrderSchemas,
  type SupplementMerged,
  type SupplementRefused,
} from './effective-orders.js';
import { type OrderAmended, type OrderCreated, type OrderProgressed, orderSchemas } from './orders.js';
import type { Schema } from './schema.js';
import { type MergeSettled, settledSchemas } from './settled.js';
import { type SupplementAccepted, type SupplementEnded, type SupplementSubmitted, supplementSchemas } from './supplements.js';

/** The typed event map: the name on the routing key, and what the event says. */
export interface EventData {
  'order.created': OrderCreated;
  'order.amended': OrderAmended;
  'order.progressed': OrderProgressed;
  'supplement.submitted': SupplementSubmitted;
  'supplement.accepted': SupplementAccepted;
  'supplement.declined': SupplementEnded;
  'supplement.expired': SupplementEnded;
  'supplement.withdrawn': SupplementEnded;
  'effective-order.revised': EffectiveOrderRevised;
  'effective-order.acknowledged': EffectiveOrderAcknowledged;
  'supplement.merged': SupplementMerged;
  'supplement.held': SupplementRefused;
  'supplement.rejected': SupplementRefused;
  'merge.settled': MergeSettled;
}
export type EventName = keyof EventData;

export const eventSchemas: Record<EventName, Schema> = {
  ...orderSchemas,
  ...supplementSchemas,
  ...effectiveOrderSchemas,
  ...settledSchemas,
};

/** The services that speak the published language; the CloudEvents `source` of each is its name after a slash. */
export type EventOwner = 'order-service' | 'supp-service' | 'merger-worker';

const toldBy = (owner: EventOwner, schemas: object): [string, EventOwner][] => Object.keys(schemas).map((name) => [name, owner]);

/** Which service tells of an event. */
export const eventOwners = Object.fromEntries([
  ...toldBy('order-service', orderSchemas),
  ...toldBy('supp-service', supplementSchemas),
  ...toldBy('merger-worker', effectiveOrderSchemas),
  ...toldBy('merger-worker', settledSchemas),
]) as Record<EventName, EventOwner>;

/** The CloudEvents `type` of an event name: `order.created` → `io.supping.order.created.v1`. */
export function eventType(name: EventName): string {
  return `io.supping.${name}.v1`;
}

const names = new Map(Object.keys(eventSchemas).map((name) => [eventType(name as EventName), name as EventName]));

/** The event name of a CloudEvents `type`, `undefined` for one this version of the language does not know. */
export function eventName(type: string): EventName | undefined {
  return names.get(type);
}

/** The sentence travels in a header of the dead letter, which must stay small. */
const MOST_FAULTS = 10;
const validators = new Map<EventName, ValidateFunction>();
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);

function validator(name: EventName): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const compiled = ajv.compile(eventSchemas[name]);
  validators.set(name, compiled);
  return compiled;
}

/**
 * Holds an event against its published schema.
 * @returns a sentence that says what is wrong, `undefined` when it fits.
 */
export function faultOfEvent(event: { readonly type: string; readonly data: unknown }): string | undefined {
  const name = eventName(event.type);
  if (name === undefined) return `event type ${event.type} is not one this service knows`;
  const validate = validator(name);
  if (validate(event.data)) return undefined;
  const errors = validate.errors ?? [];
  const faults = errors.slice(0, MOST_FAULTS).map((error) => `${error.instancePath || 'the body'} ${error.message ?? error.keyword}`);
  if (errors.length > MOST_FAULTS) faults.push(`and ${errors.length - MOST_FAULTS} more`);
  return `the data of ${event.type} does not fit its schema: ${faults.join('; ')}`;
}
