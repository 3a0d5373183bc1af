import { randomUUID } from 'node:crypto';
import { Controller, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { CheckedBody, readIdempotencyKey, requestHash } from '#platform';
import { versionsOf } from '../read/orders.store.js';
import { type VersionView, versionView } from '../read/version.view.js';
import { ChangeService } from './change.service.js';
import { ProgressBody } from './progress.body.js';

@ApiTags('progress')
@Controller('orders')
export class ProgressController {
  constructor(
    @Inject(ChangeService) private readonly changes: ChangeService,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  @Post(':id/progress')
  @HttpCode(201)
  @ApiOperation({ summary: 'Report progress of items: states, milestones, point of no return; makes the next version' })
  @ApiBody({ type: ProgressBody })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  async report(
    @Param('id') orderId: string,
    @CheckedBody(ProgressBody) body: ProgressBody,
    @Headers('idempotency-key') keyHeader: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionView> {
    const key = readIdempotencyKey(keyHeader);
    const version = await this.changes.change(
      {
        kind: 'progress',
        id: randomUUID(),
        orderId,
        by: 'anonymous',
        at: new Date().toISOString(),
        items: body.items.map((item) => ({ ...item })),
        ...(body.note === undefined ? {} : { note: body.note }),
      },
      key === undefined ? undefined : { key, hash: requestHash(body) },
    );
    const stored = (await versionsOf(this.database.manager, orderId, version, version, 1))[0];
    if (stored === undefined) throw new Error(`version ${version} of order ${orderId} was stored and is not there`);
    reply.header('location', `/orders/${orderId}/versions/${version}`);
    return versionView(stored);
  }
}
