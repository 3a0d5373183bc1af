import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { EventOwner } from '#contracts';
import { AppModule as MergerWorker } from '../../apps/merger-worker/src/app.module.js';
import { AppModule as OrderService } from '../../apps/order-service/src/app.module.js';
import { AppModule as SuppService } from '../../apps/supp-service/src/app.module.js';

/** The module of every service that speaks the published language. */
export const SERVICES: Readonly<Record<EventOwner, Type>> = {
  'order-service': OrderService,
  'supp-service': SuppService,
  'merger-worker': MergerWorker,
};

/** A handler as `@Subscription` or `@MessagePattern` declared it. */
export interface Handler {
  /** Name of the subscription, or pattern of the request. */
  readonly pattern: string;
  /** Event types of a subscription, wildcards and all; none for a request. */
  readonly types: readonly string[] | undefined;
  /** Event types that it reads in batches. */
  readonly batched: readonly string[];
}

/** What a service receives over RabbitMQ, read from the decorators of its controllers. */
export function handlersOf(module: Type): Handler[] {
  const controllers = (Reflect.getMetadata('controllers', module) ?? []) as Type[];
  return controllers.flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
      if (typeof method !== 'function') return [];
      const patterns = (Reflect.getMetadata('microservices:pattern', method) ?? []) as string[];
      const extras = Reflect.getMetadata('microservices:pattern_extras', method) as
        | { types?: readonly string[]; batched?: readonly string[] }
        | undefined;
      return patterns.map((pattern) => ({ pattern, types: extras?.types, batched: extras?.batched ?? [] }));
    }),
  );
}
