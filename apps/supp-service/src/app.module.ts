import { Module } from '@nestjs/common';
import { AuditController } from './audit/audit.controller.js';
import { HeadsConsumer } from './follow/heads.consumer.js';
import { HeadsService } from './follow/heads.service.js';
import { AnswersController } from './lifecycle/answers.controller.js';
import { EXPIRY_INTERVAL_MS, ExpiryService, expiryInterval } from './lifecycle/expiry.service.js';
import { LifecycleService } from './lifecycle/lifecycle.service.js';
import { StepService } from './lifecycle/step.service.js';
import { SupplementsReadController } from './read/supplements-read.controller.js';
import { ReasonCodesController } from './reason-codes/reason-codes.controller.js';
import { ResendConsumer } from './resend/resend.consumer.js';
import { RevertController } from './revert/revert.controller.js';
import { RevertService } from './revert/revert.service.js';
import { Outcomes } from './submit/outcomes.js';
import { SupplementsController } from './submit/supplements.controller.js';
import { SupplementsService } from './submit/supplements.service.js';

@Module({
  controllers: [
    SupplementsController,
    SupplementsReadController,
    AnswersController,
    RevertController,
    ReasonCodesController,
    AuditController,
    HeadsConsumer,
    ResendConsumer,
  ],
  providers: [
    SupplementsService,
    Outcomes,
    HeadsService,
    LifecycleService,
    StepService,
    ExpiryService,
    RevertService,
    { provide: EXPIRY_INTERVAL_MS, useFactory: () => expiryInterval(process.env) },
  ],
})
export class AppModule {}
