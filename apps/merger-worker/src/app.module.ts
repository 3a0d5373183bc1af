import { Module } from '@nestjs/common';
import { InputsConsumer } from './merge/inputs.consumer.js';
import { MergeService } from './merge/merge.service.js';
import { EffectiveOrdersController } from './read/effective-orders.controller.js';

@Module({
  controllers: [InputsConsumer, EffectiveOrdersController],
  providers: [MergeService],
})
export class AppModule {}
