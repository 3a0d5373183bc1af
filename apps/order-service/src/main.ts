import 'reflect-metadata';
import { BATCHED_EVENTS, faultOfEvent, UNHEARD_EVENTS } from '#contracts';
import { serve } from '#platform';
import { AppModule } from './app.module.js';
import { Orders1764000000001 } from './migrations/0001-orders.js';
import { DeadLetters1764000000002 } from './migrations/0002-dead-letters.js';
import { Resend1764000000003 } from './migrations/0003-resend.js';
import { Companions1764000000004 } from './migrations/0004-companions.js';
import { Json1764000000005 } from './migrations/0005-json.js';
import { SCHEMA } from './schema.js';

await serve({
  name: 'order-service',
  title: 'order service',
  defaultPort: 3001,
  schema: SCHEMA,
  migrations: [Orders1764000000001, DeadLetters1764000000002, Resend1764000000003, Companions1764000000004, Json1764000000005],
  module: AppModule,
  faultOfEvent,
  unheard: UNHEARD_EVENTS,
  batched: BATCHED_EVENTS,
});
