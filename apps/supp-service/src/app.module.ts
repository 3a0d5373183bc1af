import { Module } from '@nestjs/common';
import { HeadsConsumer } from './follow/heads.consumer.js';
import { HeadsService } from './follow/heads.service.js';
import { SupplementsReadController } from './read/supplements-read.controller.js';
import { Outcomes } from './submit/outcomes.js';
import { SupplementsController } from './submit/supplements.controller.js';
import { SupplementsService } from './submit/supplements.service.js';

@Module({
  controllers: [SupplementsController, SupplementsReadController, HeadsConsumer],
  providers: [SupplementsService, Outcomes, HeadsService],
})
export class AppModule {}
