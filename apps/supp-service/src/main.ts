import 'reflect-metadata';
import { BATCHED_EVENTS, faultOfEvent, UNHEARD_EVENTS } from '#contracts';
import { serve } from '#platform';
import { AppModule } from './app.module.js';
import { Supplements1764000000001 } from './migrations/0001-supplements.js';
import { LifeCycle1764000000002 } from './migrations/0002-life-cycle.js';
import { DeadLetters1764000000003 } from './migrations/0003-dead-letters.js';
import { Resend1764000000004 } from './migrations/0004-resend.js';
import { Lists1764000000005 } from './migrations/0005-lists.js';
import { Companions1764000000006 } from './migrations/0006-companions.js';
import { SCHEMA } from './schema.js';

await serve({
  name: 'supp-service',
  title: 'supp service',
  defaultPort: 3002,
  schema: SCHEMA,
  migrations: [
    Supplements1764000000001,
    LifeCycle1764000000002,
    DeadLetters1764000000003,
    Resend1764000000004,
    Lists1764000000005,
    Companions1764000000006,
  ],
  module: AppModule,
  faultOfEvent,
  unheard: UNHEARD_EVENTS,
  batched: BATCHED_EVENTS,
});
