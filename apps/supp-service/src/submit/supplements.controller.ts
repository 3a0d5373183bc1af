import { Controller, Headers, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SupplementBody, type SupplementRequest } from '#contracts';
import { instant, JsonText } from '#messaging';
import { checkPatch } from '#order-model';
import { CheckedBody, invalidBody, newId, ProblemError, readIdempotencyKey, requestHash } from '#platform';
import { ANONYMOUS } from '../caller.js';
import { type SupplementView, viewOf, viewTextOf } from '../read/supplement.view.js';
import { Outcomes } from './outcomes.js';
import { awaitOutcome, preferredWait } from './preferred-wait.js';
import { NO_RETRY } from './submission.js';
import { SupplementsService } from './supplements.service.js';

/** The body without the id, which is the supplement's. Most have none, and a copy costs as much as writing it out. */
function requestOf(body: SupplementBody): SupplementRequest {
  if (body.id === undefined) return body;
  const { id: _id, ...request } = body;
  return request;
}

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
  ): Promise<SupplementView | string> {
    if (orderId.length > 100) throw new ProblemError(400, 'invalid-path', 'an order id has at most 100 characters');
    const faults = checkPatch(body.changes).map((fault) => ({ ...fault, pointer: `/changes${fault.pointer}` }));
    if (faults.length > 0) throw invalidBody(faults);
    const { id } = body;
    const key = readIdempotencyKey(keyHeader);
    const request = requestOf(body);
    const text = JsonText.of(request);
    const command = {
      id: id?.toLowerCase() ?? newId(),
      freshId: id === undefined,
      orderId,
      by: ANONYMOUS,
      at: instant(),
      request,
      text,
      hash: id === undefined && key === undefined ? NO_RETRY : requestHash(body),
    };
    const supplement = await this.supplements.submit(command, key);
    reply.headers({ location: `/supplements/${supplement.id}`, 'content-type': 'application/json; charset=utf-8' });
    const seconds = preferredWait(prefer);
    // One that an earlier request stored was read back, and may have been edited since.
    if (supplement.request === request && seconds === 0) return viewTextOf(supplement, text).text;
    return awaitOutcome(this.outcomes, viewOf(supplement), seconds, reply);
  }
}
