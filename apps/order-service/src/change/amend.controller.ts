import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { checkPatch, type Json, type JsonObject } from '#order-model';
import { CheckedBody, invalidBody, newId, notFound, ProblemError, readIdempotencyKey, readOffsetPage, requestHash } from '#platform';
import { BASE_PATH, orderHref } from '../create/new-order.js';
import { etag, readIfMatch } from '../read/etag.js';
import { cancellationOfVersion, findCancellation, findOrder, listCancellations, type StoredCancellation } from '../read/orders.store.js';
import { CancelProductOrderBody } from './cancel.body.js';
import { ChangeService } from './change.service.js';

function basedOn(raw: string | undefined): { basedOnRevision?: number } {
  if (raw === undefined) return {};
  if (/^[1-9]\d{0,8}$/.test(raw)) return { basedOnRevision: Number(raw) };
  throw new ProblemError(400, 'invalid-query', 'basedOnRevision must be a revision number, 1 or more');
}

function cancellationView({ id, order_id, request, created_at, revision, not_applied }: StoredCancellation): JsonObject {
  const done = not_applied === null || not_applied.length === 0 ? 'done' : 'terminatedWithError';
  return {
    ...request,
    id,
    href: `${BASE_PATH}/cancelProductOrder/${id}`,
    state: revision === null ? 'acknowledged' : done,
    effectiveCancellationDate: created_at.toISOString(),
    productOrder: { ...(request.productOrder as JsonObject), id: order_id, href: orderHref(order_id) },
  };
}

/** In-place changes of a base order: TMF622 PATCH and cancelProductOrder. */
@ApiTags('productOrder')
@Controller(BASE_PATH)
export class AmendController {
  constructor(
    @Inject(ChangeService) private readonly changes: ChangeService,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  @Patch('productOrder/:id')
  @ApiOperation({ summary: 'Amend a base order in place: keyed merge patch; makes the next version' })
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @ApiHeader({ name: 'If-Match', required: false, description: 'ETag of the version the patch was written against; 412 when it is stale' })
  @ApiQuery({
    name: 'basedOnRevision',
    required: false,
    description: 'what the author had seen: the revision names what it overwrote unseen',
  })
  @ApiQuery({ name: 'reason', required: false, description: 'why, for the audit' })
  async amend(
    @Param('id') id: string,
    @Body() patch: Json,
    @Headers('if-match') ifMatch: string | undefined,
    @Query('basedOnRevision') revision: string | undefined,
    @Query('reason') reason: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const faults = checkPatch(patch ?? null);
    if (faults.length > 0) throw invalidBody(faults);
    const expectedVersion = readIfMatch(ifMatch);
    await this.changes.change({
      kind: 'amend',
      id: randomUUID(),
      orderId: id,
      by: 'anonymous',
      at: new Date().toISOString(),
      patch: patch as JsonObject,
      ...(reason === undefined ? {} : { reason: { text: reason.slice(0, 2000) } }),
      ...basedOn(revision),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
    const stored = await findOrder(this.database.manager, id);
    if (stored === undefined) throw notFound(`there is no order ${id}`);
    reply.header('etag', etag(stored.version));
    return stored.document;
  }

  @Post('cancelProductOrder')
  @HttpCode(201)
  @ApiOperation({ summary: 'Cancel a whole order: every item that can be, with those that supplements added' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  async cancel(
    @CheckedBody(CancelProductOrderBody) body: CancelProductOrderBody,
    @Headers('idempotency-key') keyHeader: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const key = readIdempotencyKey(keyHeader);
    const orderId = body.productOrder.id;
    const { cancellationReason } = body;
    const version = await this.changes.change(
      {
        kind: 'amend',
        id: randomUUID(),
        orderId,
        by: 'anonymous',
        at: new Date().toISOString(),
        patch: { intent: 'cancel', ...(cancellationReason === undefined ? {} : { cancellationReason }) },
        ...(cancellationReason === undefined ? {} : { reason: { text: cancellationReason } }),
        cancelProductOrder: { id: newId(), request: JSON.parse(JSON.stringify(body)) as JsonObject },
      },
      key === undefined ? undefined : { key, hash: requestHash(body) },
    );
    const stored = await cancellationOfVersion(this.database.manager, orderId, version);
    if (stored === undefined) throw new Error(`the cancellation of order ${orderId} was stored and is not there`);
    reply.header('location', `${BASE_PATH}/cancelProductOrder/${stored.id}`);
    return cancellationView(stored);
  }

  @Get('cancelProductOrder')
  @ApiOperation({ summary: 'Cancellations, newest first' })
  @ApiQuery({ name: 'offset', required: false })
  @ApiQuery({ name: 'limit', required: false })
  async cancellations(
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject[]> {
    const { total, cancellations } = await listCancellations(this.database.manager, readOffsetPage(query));
    reply.headers({ 'x-total-count': String(total), 'x-result-count': String(cancellations.length) });
    return cancellations.map(cancellationView);
  }

  @Get('cancelProductOrder/:id')
  @ApiOperation({ summary: 'One cancellation' })
  async cancellation(@Param('id') id: string): Promise<JsonObject> {
    const found = await findCancellation(this.database.manager, id);
    if (found === undefined) throw notFound(`there is no cancelProductOrder ${id}`);
    return cancellationView(found);
  }
}
