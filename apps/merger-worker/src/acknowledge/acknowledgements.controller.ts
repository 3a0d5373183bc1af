import { Controller, Get, Headers, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import type { EffectiveOrderAcknowledged } from '#contracts';
import { CheckedBody, countedAfter, ProblemError, pageOf, readIdempotencyKey, readPage, requestHash } from '#platform';
import { ANONYMOUS } from '../caller.js';
import { readText } from '../read/point-in-time.js';
import { mergedHead } from '../read/snapshot.store.js';
import { AcknowledgeBody } from './acknowledge.body.js';
import { AcknowledgeService } from './acknowledge.service.js';
import {
  type AcknowledgementFilter,
  type AcknowledgementKey,
  type AcknowledgementView,
  listLatest,
  listSaid,
} from './acknowledgements.store.js';

type Params = Readonly<Record<string, unknown>>;

const keyOf = ({ consumer, orderId }: AcknowledgementView): string => JSON.stringify([consumer, orderId]);

function readKey(after: string | undefined): AcknowledgementKey | undefined {
  if (after === undefined) return undefined;
  const key = /^\["/.test(after) ? parse(after) : undefined;
  if (Array.isArray(key) && key.length === 2 && key.every((one) => typeof one === 'string')) return key as [string, string];
  throw new ProblemError(400, 'invalid-query', 'after is not a cursor of this list; take it from the Link header of a page');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readBehind(query: Params): boolean {
  const behind = readText(query, 'behind');
  if (behind === undefined || behind === 'false' || behind === 'true') return behind === 'true';
  throw new ProblemError(400, 'invalid-query', 'behind may be true: only the orders on which the consumer is behind');
}

@ApiTags('acknowledgements')
@Controller()
export class AcknowledgementsController {
  constructor(
    @Inject(AcknowledgeService) private readonly acknowledgements: AcknowledgeService,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  @Post('effective-orders/:orderId/acknowledgements')
  @ApiOperation({ summary: 'A downstream consumer works from a revision, or refuses it with a reason' })
  @ApiBody({ type: AcknowledgeBody })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  acknowledge(
    @Param('orderId') orderId: string,
    @CheckedBody(AcknowledgeBody) body: AcknowledgeBody,
    @Headers('idempotency-key') keyHeader: string | undefined,
  ): Promise<EffectiveOrderAcknowledged> {
    const key = readIdempotencyKey(keyHeader);
    const command = { ...body, orderId, by: ANONYMOUS, at: new Date().toISOString() };
    return this.acknowledgements.acknowledge(command, key === undefined ? undefined : { key, hash: requestHash(body) });
  }

  @Get('effective-orders/:orderId/acknowledgements')
  @ApiOperation({ summary: 'The latest of each consumer of the order, and how many revisions it is behind' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async ofOrder(
    @Param('orderId') orderId: string,
    @Query() query: Params,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly AcknowledgementView[] }> {
    await mergedHead(this.database.manager, orderId);
    return this.list({ orderId, behind: false }, query, request, reply);
  }

  @Get('effective-orders/:orderId/acknowledgements/history')
  @ApiOperation({ summary: 'Everything that consumers said of the order, oldest first' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async history(
    @Param('orderId') orderId: string,
    @Query() query: Params,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly EffectiveOrderAcknowledged[] }> {
    await mergedHead(this.database.manager, orderId);
    const page = readPage(query);
    const rows = await listSaid(this.database.manager, orderId, countedAfter(page) + 1, page.limit + 1);
    const { items, headers } = pageOf(rows, page, request.url, ({ number }) => String(number));
    reply.headers(headers);
    return { items };
  }

  @Get('admin/acknowledgements')
  @ApiOperation({
    summary: 'Where each consumer stands, order by order; with behind=true only the orders on which it is behind',
    description: 'An order is listed once the consumer has acknowledged or refused a revision of it.',
  })
  @ApiQuery({ name: 'consumer', required: false })
  @ApiQuery({ name: 'behind', required: false, enum: ['true', 'false'] })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  all(
    @Query() query: Params,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly AcknowledgementView[] }> {
    const consumer = readText(query, 'consumer');
    return this.list({ ...(consumer === undefined ? {} : { consumer }), behind: readBehind(query) }, query, request, reply);
  }

  private async list(
    filter: AcknowledgementFilter,
    query: Params,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ items: readonly AcknowledgementView[] }> {
    const page = readPage(query);
    const rows = await listLatest(this.database.manager, filter, readKey(page.after), page.limit + 1);
    const { items, headers } = pageOf(rows, page, request.url, keyOf);
    reply.headers(headers);
    return { items };
  }
}
