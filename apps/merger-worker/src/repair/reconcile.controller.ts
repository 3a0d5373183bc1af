import { Readable } from 'node:stream';
import { Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ANONYMOUS } from '../caller.js';
import { type ReconcileLine, ReconcileRounds } from './reconcile-rounds.service.js';

const NDJSON = 'application/x-ndjson';

async function* textOf(lines: AsyncGenerator<ReconcileLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}

@ApiTags('operators')
@Controller('admin/effective-orders')
export class ReconcileController {
  constructor(@Inject(ReconcileRounds) private readonly rounds: ReconcileRounds) {}

  @Post('reconcile')
  @HttpCode(200)
  @ApiProduces(NDJSON)
  @ApiOperation({
    summary: "Compare the owners' heads of all orders with what is merged, and get what is missing: a line for each order that lacked any",
  })
  reconcile(@Res() reply: FastifyReply): void {
    // No more is made than is read: the stream of a caller that has gone is destroyed, and with it the comparison.
    const lines = Readable.from(textOf(this.rounds.sweep(ANONYMOUS)), { objectMode: false, highWaterMark: 1024 });
    void reply.status(200).type(NDJSON).send(lines);
  }
}
