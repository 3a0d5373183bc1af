import { applyDecorators, Catch, type RpcExceptionFilter, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';

/** What a subscription is to. */
export interface SubscriptionOptions {
  /** Event types, full or short, wildcards allowed: `order.*`, `supplement.accepted`. */
  readonly types: readonly string[];
  /** Types that their service publishes in batches (`MessagingOptions.batched`) and that are wanted so: a message for many. */
  readonly batched?: readonly string[];
  /** Events of a shard handed over at once, at most; 200 (merging 23,000/s against 907/s one by one). Twice as many of several shards. */
  readonly batch?: number;
  /** Milliseconds between two batches that are not full, at least, for what nobody waits for: each costs a transaction and an acknowledgement. */
  readonly restMs?: number;
}

/** Nest turns every error into "Internal server error"; the failure policy must see the error itself. */
@Catch()
class HandOverErrors implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

const HANDS_OVER_ERRORS = 'messaging:hands-over-errors';

/**
 * Makes a method of a controller receive events: `CloudEvent[]`, always an array, each shard's in queue order.
 * They are acknowledged when the method resolves. Delivery is at least once: drop duplicates by `subject` and
 * `sequence`, and do not rely on the broker's order beyond that.
 * @param name of the subscription: one queue per shard, `<prefix><name>.NN`
 */
export function Subscription(name: string, options: SubscriptionOptions): MethodDecorator {
  const extras = { ...options, [HANDS_OVER_ERRORS]: true };
  return applyDecorators(EventPattern<string>(name, extras) as MethodDecorator, UseFilters(new HandOverErrors()));
}

/** Reads what `Subscription` left on a handler. @throws TypeError if the handler was declared otherwise */
export function subscriptionOptions(name: string, extras: Record<string, unknown> | undefined): Required<SubscriptionOptions> {
  if (extras?.[HANDS_OVER_ERRORS] !== true) {
    throw new TypeError(`The handler of "${name}" must be declared with @Subscription: a bare @EventPattern hides its errors.`);
  }
  const { types, batched = [], batch = 200, restMs = 0 } = extras as unknown as SubscriptionOptions;
  if (types.length + batched.length === 0) throw new TypeError(`The subscription "${name}" names no event types.`);
  if (!Number.isInteger(batch) || batch < 1) throw new TypeError(`The batch of subscription "${name}" must be a whole number from 1.`);
  return { types, batched, batch, restMs };
}
