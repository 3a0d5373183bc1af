import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import type { JsonObject, OrderState, Revision } from '#order-model';
import { countedAfter, notFound, ProblemError, pageOf, readPage } from '#platform';
import { asOf } from './as-of.js';
import { findEffectiveOrder, isHeardOf, listRevisions, type StoredEffectiveOrder } from './effective-orders.store.js';

/** The effective order as it reads. */
export interface EffectiveOrderView {
  readonly orderId: string;
  readonly revision: number;
  readonly state: OrderState;
  readonly order: JsonObject;
  readonly base: { readonly version: number };
  readonly updatedAt: string;
}

function revisionNumber(raw: string, latest: number): number {
  const revision = /^\d{1,9}$/.test(raw) ? Number(raw) : 0;
  if (revision === 0) throw new ProblemError(400, 'invalid-query', 'revision must be a whole number, 1 or more');
  if (revision > latest) throw notFound(`the order is at revision ${latest}; there is no revision ${revision} yet`);
  return revision;
}

@ApiTags('effective-orders')
@Controller('effective-orders')
export class EffectiveOrdersController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get(':orderId')
  @ApiOperation({ summary: 'The effective order: base order and everything merged so far' })
  @ApiQuery({ name: 'revision', required: false, description: 'as of this revision' })
  async one(
    @Param('orderId') orderId: string,
    @Query('revision') raw: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EffectiveOrderView> {
    const tx = this.database.manager;
    const latest = await this.latest(orderId);
    const revision = raw === undefined ? latest.revision : revisionNumber(raw, latest.revision);
    reply.header('etag', `"${revision}"`);
    if (revision === latest.revision) {
      const { state, order, version, updatedAt } = latest;
      return { orderId, revision, state, order, base: { version }, updatedAt };
    }
    const { order, at, version } = await asOf(tx, orderId, latest, revision);
    return { orderId, revision, state: order.state as OrderState, order, base: { version }, updatedAt: at };
  }

  @Get(':orderId/revisions')
  @ApiOperation({ summary: 'Every revision with cause, delta and plan' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async revisions(
    @Param('orderId') orderId: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly Revision[] }> {
    const page = readPage(query);
    const rows = await listRevisions(this.database.manager, orderId, countedAfter(page) + 1, 2 ** 31 - 1, page.limit + 1);
    if (rows.length === 0) await this.latest(orderId);
    const { items, headers } = pageOf(rows, page, request.url, (row) => String(row.revision));
    reply.headers(headers);
    return { items };
  }

  @Get(':orderId/revisions/:revision')
  @ApiOperation({ summary: 'One revision' })
  async revision(@Param('orderId') orderId: string, @Param('revision') raw: string): Promise<Revision> {
    const { revision: latest } = await this.latest(orderId);
    const revision = revisionNumber(raw, latest);
    const found = (await listRevisions(this.database.manager, orderId, revision, revision, 1))[0];
    if (found === undefined) throw notFound(`order ${orderId} has no revision ${raw}`);
    return found;
  }

  private async latest(orderId: string): Promise<StoredEffectiveOrder> {
    const found = await findEffectiveOrder(this.database.manager, orderId);
    if (found !== undefined) return found;
    const heardOf = await isHeardOf(this.database.manager, orderId);
    throw notFound(
      heardOf
        ? `inputs of order ${orderId} have arrived but not its creation; is order-service running?`
        : `there is no effective order ${orderId}; an order that was just posted takes a moment to be merged`,
    );
  }
}
