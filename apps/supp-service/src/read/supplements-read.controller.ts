import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { CATEGORIES } from '#order-model';
import { countedAfter, notFound, ProblemError, pageOf, readPage } from '#platform';
import { historyOf } from '../audit/audit.store.js';
import { STATES } from '../supplement.js';
import { type SupplementView, type SupplementWithHistory, viewOf } from './supplement.view.js';
import { findSupplement, listNewest, listOfOrder, type NewestKey, orderIsKnown } from './supplements.store.js';

type QueryParams = Readonly<Record<string, unknown>>;

function oneOf(query: QueryParams, name: string, allowed: readonly string[]): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string' && allowed.includes(value)) return value;
  throw new ProblemError(400, 'invalid-query', `${name} must be one of ${allowed.join(', ')}`);
}

function newestKey(after: string | undefined): NewestKey | undefined {
  if (after === undefined) return undefined;
  const [submittedAt = '', id] = after.split('|', 2);
  if (id === undefined || Number.isNaN(Date.parse(submittedAt))) {
    throw new ProblemError(400, 'invalid-query', 'after is not a cursor of this list; take it from the Link header of a page');
  }
  return { submittedAt, id };
}

@ApiTags('supplements')
@Controller()
export class SupplementsReadController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get('supplements/:id')
  @ApiOperation({ summary: 'One supplement, what became of it and what was done about it' })
  async one(@Param('id') id: string): Promise<SupplementWithHistory> {
    const tx = this.database.manager;
    const found = await findSupplement(tx, id.toLowerCase());
    if (found === undefined) throw notFound(`there is no supplement ${id}`);
    return { ...viewOf(found), history: await historyOf(tx, found.id) };
  }

  @Get('orders/:orderId/supplements')
  @ApiOperation({ summary: "An order's supplements in the order they came in" })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async ofOrder(
    @Param('orderId') orderId: string,
    @Query() query: QueryParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly SupplementView[] }> {
    const page = readPage(query);
    const rows = await listOfOrder(this.database.manager, orderId, countedAfter(page), page.limit);
    if (rows.length === 0 && !(await orderIsKnown(this.database.manager, orderId))) {
      throw notFound(`no supplement and no event of an order ${orderId} has been seen here`);
    }
    const { items, headers } = pageOf(rows, page, request.url, (row) => String(row.place));
    reply.headers(headers);
    return { items: items.map(viewOf) };
  }

  @Get('supplements')
  @ApiOperation({ summary: 'All supplements, newest first' })
  @ApiQuery({ name: 'state', required: false, enum: STATES })
  @ApiQuery({ name: 'category', required: false, enum: CATEGORIES })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async all(
    @Query() query: QueryParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly SupplementView[] }> {
    const page = readPage(query);
    const filter = { state: oneOf(query, 'state', STATES), category: oneOf(query, 'category', CATEGORIES) };
    const rows = await listNewest(this.database.manager, filter, newestKey(page.after), page.limit);
    const { items, headers } = pageOf(rows, page, request.url, (row) => `${row.submittedAt}|${row.id}`);
    reply.headers(headers);
    return { items: items.map(viewOf) };
  }
}
