import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import type { Change } from '#order-model';
import { countedAfter, ProblemError, pageOf, readPage } from '#platform';
import { readText } from '../read/point-in-time.js';
import { differenceOf, type ProvenanceView, provenanceOf } from './history.store.js';

type Params = Readonly<Record<string, unknown>>;

export interface DiffView {
  readonly orderId: string;
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Change[];
}

@ApiTags('effective-orders')
@Controller('effective-orders')
export class HistoryController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get(':orderId/diff')
  @ApiOperation({ summary: 'What leads from one revision to any other, earlier or later' })
  @ApiQuery({ name: 'from', required: true })
  @ApiQuery({ name: 'to', required: false, description: 'the latest, if not said' })
  diff(@Param('orderId') orderId: string, @Query() query: Params): Promise<DiffView> {
    const from = readText(query, 'from');
    if (from === undefined) throw new ProblemError(400, 'invalid-query', 'from is missing: the revision to start from');
    return differenceOf(this.database, orderId, from, readText(query, 'to'));
  }

  @Get(':orderId/provenance')
  @ApiOperation({
    summary: 'Which revision last set a path and why, and what stood there before',
    description:
      'The revision is that of the path itself, else of the nearest above it that was set as a whole; changedBelow is a newer one ' +
      'that set something inside it. items: every revision that did something there, newest first.',
  })
  @ApiQuery({ name: 'path', required: true, description: 'keyed, such as /productOrderItem/2/quantity' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async provenance(
    @Param('orderId') orderId: string,
    @Query() query: Params,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProvenanceView> {
    const path = readText(query, 'path');
    if (path?.startsWith('/') !== true) {
      throw new ProblemError(400, 'invalid-query', 'path must be a keyed path that begins with /, such as /productOrderItem/2/quantity');
    }
    const page = readPage(query);
    const { touching, line, ...said } = await provenanceOf(this.database, orderId, path, countedAfter(page), page.limit + 1);
    const { items, headers } = pageOf(touching, page, request.url, String);
    reply.headers(headers);
    return { ...said, items: line.filter(({ revision }) => items.includes(revision)) };
  }
}
