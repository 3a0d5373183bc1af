import 'reflect-metadata';
import { faultOfEvent } from '#contracts';
import { serve } from '#platform';
import { AppModule } from './app.module.js';
import { EffectiveOrders1764000000001 } from './migrations/0001-effective-orders.js';
import { SCHEMA } from './schema.js';

await serve({
  name: 'merger-worker',
  title: 'merger worker',
  defaultPort: 3003,
  schema: SCHEMA,
  migrations: [EffectiveOrders1764000000001],
  module: AppModule,
  faultOfEvent,
});
