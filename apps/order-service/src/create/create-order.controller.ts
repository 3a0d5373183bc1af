import { Body, Controller, Headers, Inject, Post, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { instant } from '#messaging';
import { checkOrder, type Json, type JsonObject } from '#order-model';
import { invalidBody, newId, readIdempotencyKey, requestHash } from '#platform';
import { etag } from '../read/etag.js';
import { findOrder } from '../read/orders.store.js';
import { CreateOrderService } from './create-order.service.js';
import { BASE_PATH, orderHref } from './new-order.js';

@ApiTags('productOrder')
@Controller(BASE_PATH)
export class CreateOrderController {
  constructor(
    @Inject(CreateOrderService) private readonly orders: CreateOrderService,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  @Post('productOrder')
  @ApiOperation({ summary: 'Place a base order (TMF622 v4 ProductOrder_Create); attributes it does not name are kept' })
  @ApiBody({ schema: { type: 'object', required: ['productOrderItem'], additionalProperties: true } })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  async create(
    @Body() body: Json,
    @Headers('idempotency-key') keyHeader: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject | string> {
    const faults = checkOrder(body ?? null);
    if (faults.length > 0) throw invalidBody(faults);
    const key = readIdempotencyKey(keyHeader);
    const retry = key === undefined ? undefined : { key, hash: requestHash(body) };
    const at = instant();
    const { id, document } = await this.orders.create({ id: newId(), by: 'anonymous', at, body: body as JsonObject, retry });
    const stored = document === undefined ? await findOrder(this.database.manager, id) : { document: document.text, version: 1 };
    if (stored === undefined) throw new Error(`order ${id} was stored and is not there`);
    reply.headers({ location: orderHref(id), etag: etag(stored.version), 'content-type': 'application/json; charset=utf-8' });
    return stored.document;
  }
}
