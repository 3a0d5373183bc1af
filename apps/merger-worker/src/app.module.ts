import { Module } from '@nestjs/common';
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
  ],
  providers: [MergeService, PreviewService, AcknowledgeService, VerifyService, SweepService],
})
export class AppModule {}
