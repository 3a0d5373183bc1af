import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { countedAfter, ProblemError, pageOf, readPage } from '#platform';
import { type AuditView, listAudit } from './audit.store.js';

type QueryParams = Readonly<Record<string, unknown>>;

function single(query: QueryParams, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new ProblemError(400, 'invalid-query', `give ${name} once`);
}

@ApiTags('operators')
@Controller()
export class AuditController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get('admin/audit')
  @ApiOperation({ summary: 'Who did what about supplements, when and why, newest first' })
  @ApiQuery({ name: 'orderId', required: false })
  @ApiQuery({ name: 'supplementId', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async list(
    @Query() query: QueryParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly AuditView[] }> {
    const page = readPage(query);
    const filter = { orderId: single(query, 'orderId'), supplementId: single(query, 'supplementId')?.toLowerCase() };
    const rows = await listAudit(this.database.manager, filter, countedAfter(page), page.limit);
    const { items, headers } = pageOf(rows, page, request.url, ({ id }) => id);
    reply.headers(headers);
    return { items };
  }
}
