import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SupplementBody } from '#contracts';
import { checkOrder, checkPatch, type Json, type JsonObject } from '#order-model';
import { CheckedBody, invalidBody, notFound } from '#platform';
import { ORDERS_PATH } from '../../load/requests.js';
import { OrderEntity, OutboxEntity, SupplementEntity } from './entities.js';

export const OWNER = 'supp';

/** Orders and supplements, one transaction a request through TypeORM's repositories. */
@Controller()
export class SuppController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Post(ORDERS_PATH.slice(1))
  @HttpCode(201)
  async order(@Body() body: Json): Promise<object> {
    const faults = checkOrder(body ?? null);
    if (faults.length > 0) throw invalidBody(faults);
    const id = randomUUID();
    const order = { ...(body as JsonObject), id, state: 'acknowledged' };
    await this.database.transaction(async (tx) => {
      await tx.getRepository(OrderEntity).save({ id, lastSequence: 0 });
      await tx.getRepository(OutboxEntity).save({ owner: OWNER, routingKey: 'order.created', message: { orderId: id, order } });
    });
    return order;
  }

  @Post('orders/:orderId/supplements')
  @HttpCode(201)
  async supplement(@Param('orderId') orderId: string, @CheckedBody(SupplementBody) body: SupplementBody): Promise<object> {
    const faults = checkPatch(body.changes);
    if (faults.length > 0) throw invalidBody(faults);
    return this.database.transaction(async (tx) => {
      const order = await tx.getRepository(OrderEntity).findOne({ where: { id: orderId }, lock: { mode: 'pessimistic_write' } });
      if (order === null) throw notFound(`there is no order ${orderId}`);
      order.lastSequence += 1;
      const sequence = order.lastSequence;
      await tx.getRepository(OrderEntity).save(order);
      const supplement = { id: randomUUID(), orderId, sequence, submittedAt: new Date().toISOString(), request: body };
      await tx.getRepository(SupplementEntity).save(supplement);
      const message = { ...body, id: supplement.id, orderId, sequence, by: 'anonymous' };
      await tx.getRepository(OutboxEntity).save({ owner: OWNER, routingKey: 'supplement.accepted', message });
      return { ...body, id: supplement.id, orderId, state: 'accepted', sequence, submittedAt: supplement.submittedAt };
    });
  }
}
