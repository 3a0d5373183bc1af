import { Module } from '@nestjs/common';
import { register } from 'prom-client';
import { DataSource } from 'typeorm';
import { EventLog } from '#messaging';
import { AcknowledgeService } from './acknowledge/acknowledge.service.js';
import { AcknowledgementsController } from './acknowledge/acknowledgements.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { FeedController } from './feed/feed.controller.js';
import { FeedService } from './feed/feed.service.js';
import { LogTail } from './feed/log-tail.js';
import { measureFeed } from './feed/metrics.js';
import { Places } from './feed/places.js';
import { RetentionService } from './feed/retention.service.js';
import { FEED_SETTINGS, type FeedSettings, feedSettings } from './feed/settings.js';
import { StreamsController } from './feed/streams.controller.js';
import { StreamsService } from './feed/streams.service.js';
import { HistoryController } from './history/history.controller.js';
import { RevisionConsumer } from './history/revision.consumer.js';
import { InputsConsumer } from './merge/inputs.consumer.js';
import { MergeService } from './merge/merge.service.js';
import { PreviewController } from './preview/preview.controller.js';
import { PreviewService } from './preview/preview.service.js';
import { EffectiveOrdersController } from './read/effective-orders.controller.js';
import { OrdersRead } from './read/orders-read.service.js';
import { GapRepairService } from './repair/gap-repair.service.js';
import { RepairMetrics } from './repair/metrics.js';
import { ReconcileController } from './repair/reconcile.controller.js';
import { ReconcileService } from './repair/reconcile.service.js';
import { ReconcileRounds } from './repair/reconcile-rounds.service.js';
import { RepairService } from './repair/repair.service.js';
import { REPAIR_TIMING, repairTiming } from './repair/timing.js';
import { SCHEMA } from './schema.js';
import { SweepService } from './verify/sweep.service.js';
import { VerifyController } from './verify/verify.controller.js';
import { VerifyService } from './verify/verify.service.js';

@Module({
  controllers: [
    InputsConsumer,
    RevisionConsumer,
    EffectiveOrdersController,
    PreviewController,
    HistoryController,
    AcknowledgementsController,
    VerifyController,
    AuditController,
    ReconcileController,
    FeedController,
    StreamsController,
  ],
  providers: [
    MergeService,
    OrdersRead,
    PreviewService,
    AcknowledgeService,
    VerifyService,
    SweepService,
    RepairService,
    GapRepairService,
    ReconcileService,
    ReconcileRounds,
    FeedService,
    StreamsService,
    RetentionService,
    { provide: FEED_SETTINGS, useFactory: () => feedSettings(process.env) },
    { provide: EventLog, inject: [DataSource], useFactory: (database: DataSource) => new EventLog(database, SCHEMA) },
    { provide: LogTail, inject: [EventLog], useFactory: (log: EventLog) => new LogTail(log) },
    {
      provide: Places,
      inject: [FEED_SETTINGS],
      useFactory: ({ streamsLimit }: FeedSettings) => {
        const places = new Places(streamsLimit);
        measureFeed(places, register);
        return places;
      },
    },
    { provide: REPAIR_TIMING, useFactory: () => repairTiming(process.env) },
    { provide: RepairMetrics, useFactory: () => new RepairMetrics(register) },
  ],
})
export class AppModule {}
