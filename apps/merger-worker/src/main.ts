import 'reflect-metadata';
import { eventType, faultOfEvent, UNHEARD_EVENTS, UNKEPT_EVENTS } from '#contracts';
import { serve } from '#platform';
import { AppModule } from './app.module.js';
import { MIGRATIONS } from './migrations/index.js';
import { SCHEMA } from './schema.js';

await serve({
  name: 'merger-worker',
  title: 'merger worker',
  defaultPort: 3003,
  schema: SCHEMA,
  migrations: MIGRATIONS,
  module: AppModule,
  faultOfEvent,
  unheard: UNHEARD_EVENTS,
  keepsEvents: true,
  unkept: UNKEPT_EVENTS.map(eventType),
  storesNothing: ['/effective-orders/:orderId/preview'],
});
