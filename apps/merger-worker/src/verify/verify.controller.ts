import { Readable } from 'node:stream';
import { Controller, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { ProblemError } from '#platform';
import { insertAudit } from '../audit/audit.store.js';
import { ANONYMOUS } from '../caller.js';
import { type Sweep, type SweepLine, SweepService } from './sweep.service.js';
import { type RebuildView, VerifyService, type VerifyView } from './verify.service.js';

const NDJSON = 'application/x-ndjson';

async function* textOf(lines: AsyncGenerator<SweepLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}

@ApiTags('operators')
@Controller('admin/effective-orders')
export class VerifyController {
  constructor(
    @Inject(VerifyService) private readonly orders: VerifyService,
    @Inject(SweepService) private readonly sweeps: SweepService,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  @Post(':orderId/verify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Replay the recorded inputs of an order and hold every revision and all that is stored of it against them' })
  async verify(@Param('orderId') orderId: string): Promise<VerifyView> {
    const view = await this.orders.verify(orderId);
    await this.audit('verify', orderId, { ...view });
    return view;
  }

  @Post(':orderId/rebuild')
  @HttpCode(200)
  @ApiOperation({ summary: 'Write an order anew from its recorded inputs where it differs, and say what was changed' })
  async rebuild(@Param('orderId') orderId: string): Promise<RebuildView> {
    const view = await this.orders.rebuild(orderId);
    await this.audit('rebuild', orderId, { ...view });
    if (view.ok) return view;
    throw new ProblemError(
      409,
      'revisions-differ',
      `the inputs of order ${orderId} no longer give the revisions that were published; nothing was changed: find out why first`,
      { extra: { firstDifference: view.firstDifference } },
    );
  }

  @Post('verify')
  @HttpCode(200)
  @ApiProduces(NDJSON)
  @ApiOperation({ summary: 'Verify all orders: a line for each that differs, progress lines between; ends when the caller goes' })
  verifyAll(@Res() reply: FastifyReply): void {
    this.stream('verify', reply);
  }

  @Post('rebuild')
  @HttpCode(200)
  @ApiProduces(NDJSON)
  @ApiOperation({ summary: 'Rebuild all orders: a line for each that was changed, progress lines between; ends when the caller goes' })
  rebuildAll(@Res() reply: FastifyReply): void {
    this.stream('rebuild', reply);
  }

  private stream(what: Sweep, reply: FastifyReply): void {
    // No more is made than is read: the stream of a caller that has gone is destroyed, and with it the sweep.
    const lines = Readable.from(textOf(this.sweeps.sweep(what, ANONYMOUS)), { objectMode: false, highWaterMark: 1024 });
    void reply.status(200).type(NDJSON).send(lines);
  }

  private audit(what: Sweep, orderId: string, detail: object): Promise<void> {
    const at = new Date().toISOString();
    return insertAudit(this.database.manager, { at, by: ANONYMOUS, action: `effective-order.${what}`, orderId, detail: { ...detail } });
  }
}
