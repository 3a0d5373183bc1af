import { Module } from '@nestjs/common';
import { register } from 'prom-client';
import { AcknowledgeService } from './acknowledge/acknowledge.service.js';
import { AcknowledgementsController } from './acknowledge/acknowledgements.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { HistoryController } from './history/history.controller.js';
import { RevisionConsumer } from './history/revision.consumer.js';
import { InputsConsumer } from './merge/inputs.consumer.js';
import { MergeService } from './merge/merge.service.js';
import { PreviewController } from './preview/preview.controller.js';
import { PreviewService } from './preview/preview.service.js';
import { EffectiveOrdersController } from './read/effective-orders.controller.js';
import { GapRepairService } from './repair/gap-repair.service.js';
import { RepairMetrics } from './repair/metrics.js';
import { ReconcileController } from './repair/reconcile.controller.js';
import { ReconcileService } from './repair/reconcile.service.js';
import { ReconcileRounds } from './repair/reconcile-rounds.service.js';
import { RepairService } from './repair/repair.service.js';
import { REPAIR_TIMING, repairTiming } from './repair/timing.js';
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
  ],
  providers: [
    MergeService,
    PreviewService,
    AcknowledgeService,
    VerifyService,
    SweepService,
    RepairService,
    GapRepairService,
    ReconcileService,
    ReconcileRounds,
    { provide: REPAIR_TIMING, useFactory: () => repairTiming(process.env) },
    { provide: RepairMetrics, useFactory: () => new RepairMetrics(register) },
  ],
})
export class AppModule {}
