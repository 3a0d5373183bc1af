import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { countedAfter, pageOf, readPage } from '#platform';
import { readText } from '../read/point-in-time.js';
import { type AuditView, listAudit } from './audit.store.js';

@ApiTags('operators')
@Controller('admin/audit')
export class AuditController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get()
  @ApiOperation({ summary: 'Who had what verified or rebuilt, when, and what came of it, newest first' })
  @ApiQuery({ name: 'orderId', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async list(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly AuditView[] }> {
    const page = readPage(query);
    const rows = await listAudit(this.database.manager, readText(query, 'orderId'), countedAfter(page), page.limit + 1);
    const { items, headers } = pageOf(rows, page, request.url, ({ id }) => id);
    reply.headers(headers);
    return { items };
  }
}
