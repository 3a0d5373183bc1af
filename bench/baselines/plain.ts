import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Header, HttpCode, Module, Param, Post } from '@nestjs/common';
import { SupplementBody } from '#contracts';
import { checkOrder, checkPatch, type Json, type JsonObject } from '#order-model';
import { CheckedBody, invalidBody } from '#platform';
import { ORDERS_PATH, orderBody } from '../load/requests.js';
import { HealthController, serveBaseline } from './serve.js';

const ITEMS = 20;
const EFFECTIVE = {
  orderId: 'some-order',
  revision: 7,
  state: 'acknowledged',
  order: { ...orderBody('some-order', ITEMS), state: 'acknowledged' },
  base: { version: 1 },
  updatedAt: '2026-01-01T00:00:00.000Z',
};

/** The same server, the same checks of a body, the same answers; nothing is decided and nothing stored. */
@Controller()
class PlainController {
  @Post('orders/:orderId/supplements')
  @HttpCode(201)
  supplement(@Param('orderId') orderId: string, @CheckedBody(SupplementBody) body: SupplementBody): object {
    const faults = checkPatch(body.changes);
    if (faults.length > 0) throw invalidBody(faults);
    return { ...body, id: randomUUID(), orderId, state: 'accepted', sequence: 1, submittedAt: new Date().toISOString(), by: 'anonymous' };
  }

  @Post(ORDERS_PATH.slice(1))
  @HttpCode(201)
  order(@Body() body: Json): object {
    const faults = checkOrder(body ?? null);
    if (faults.length > 0) throw invalidBody(faults);
    return { ...(body as JsonObject), id: randomUUID(), orderDate: new Date().toISOString(), state: 'acknowledged' };
  }

  @Get('effective-orders/:orderId')
  @Header('etag', '"7"')
  effective(@Param('orderId') orderId: string): object {
    return { ...EFFECTIVE, orderId };
  }
}

@Module({ controllers: [PlainController, HealthController] })
class PlainModule {}

await serveBaseline(PlainModule);
