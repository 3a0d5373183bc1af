import { Controller, Headers, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SupplementBody } from '#contracts';
import { checkPatch } from '#order-model';
import { CheckedBody, invalidBody, newId, ProblemError, readIdempotencyKey, requestHash } from '#platform';
import { ANONYMOUS } from '../caller.js';
import type { SupplementView } from '../read/supplement.view.js';
import { Outcomes } from './outcomes.js';
import { awaitOutcome } from './preferred-wait.js';
import { SupplementsService } from './supplements.service.js';

@ApiTags('supplements')
@Controller()
export class SupplementsController {
  constructor(
    @Inject(SupplementsService) private readonly supplements: SupplementsService,
    @Inject(Outcomes) private readonly outcomes: Outcomes,
  ) {}

  @Post('orders/:orderId/supplements')
  @ApiOperation({ summary: 'Submit a supplement to an order in flight' })
  @ApiBody({ type: SupplementBody })
  @ApiHeader({ name: 'Prefer', required: false, description: 'wait=SECONDS: the answer waits for the merge and carries the outcome' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  async submit(
    @Param('orderId') orderId: string,
    @CheckedBody(SupplementBody) body: SupplementBody,
    @Headers('prefer') prefer: string | undefined,
    @Headers('idempotency-key') keyHeader: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SupplementView> {
    if (orderId.length > 100) throw new ProblemError(400, 'invalid-path', 'an order id has at most 100 characters');
    const faults = checkPatch(body.changes).map((fault) => ({ ...fault, pointer: `/changes${fault.pointer}` }));
    if (faults.length > 0) throw invalidBody(faults);
    const { id, ...request } = body;
    const command = {
      id: id?.toLowerCase() ?? newId(),
      freshId: id === undefined,
      orderId,
      by: ANONYMOUS,
      at: new Date().toISOString(),
      request,
      hash: requestHash(body),
    };
    const stored = await this.supplements.submit(command, readIdempotencyKey(keyHeader));
    const answer = await awaitOutcome(this.outcomes, stored, prefer, reply);
    reply.header('location', `/supplements/${answer.id}`);
    return answer;
  }
}
