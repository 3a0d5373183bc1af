import { Module } from '@nestjs/common';
import { AmendController } from './change/amend.controller.js';
import { ChangeService } from './change/change.service.js';
import { ProgressController } from './change/progress.controller.js';
import { CreateOrderController } from './create/create-order.controller.js';
import { CreateOrderService } from './create/create-order.service.js';
import { HeadsConsumer } from './follow/heads.consumer.js';
import { HeadsService } from './follow/heads.service.js';
import { ProductOrdersController } from './read/product-orders.controller.js';
import { ResendConsumer } from './resend/resend.consumer.js';

@Module({
  controllers: [CreateOrderController, AmendController, ProgressController, ProductOrdersController, HeadsConsumer, ResendConsumer],
  providers: [CreateOrderService, ChangeService, HeadsService],
})
export class AppModule {}
