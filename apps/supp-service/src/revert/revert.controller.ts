import { Body, Controller, Headers, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, IsUUID, Length, ValidateNested } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { ReasonBody } from '#contracts';
import { newId, readBody, readIdempotencyKey, requestHash } from '#platform';
import { ANONYMOUS } from '../caller.js';
import type { SupplementView } from '../read/supplement.view.js';
import { Outcomes } from '../submit/outcomes.js';
import { awaitOutcome, preferredWait } from '../submit/preferred-wait.js';
import { RevertService } from './revert.service.js';

/** What may be said of the supplement that takes another back; it may be left out whole. */
export class RevertBody {
  static readonly nested = { reason: ReasonBody };

  @ApiPropertyOptional({ description: "the new supplement's id; makes a retry safe", format: 'uuid' })
  @IsOptional()
  @IsUUID()
  id!: string;

  @ApiPropertyOptional({ description: "the caller's own number for the new supplement" })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  externalId!: string;

  @ApiPropertyOptional({ type: ReasonBody })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  reason!: ReasonBody;
}

@ApiTags('supplements')
@Controller()
export class RevertController {
  constructor(
    @Inject(RevertService) private readonly reverts: RevertService,
    @Inject(Outcomes) private readonly outcomes: Outcomes,
  ) {}

  @Post('supplements/:id/revert')
  @ApiOperation({ summary: 'Take a merged supplement back by a new one; refused where a later change stands on it' })
  @ApiBody({ type: RevertBody, required: false })
  @ApiHeader({ name: 'Prefer', required: false, description: 'wait=SECONDS: the answer waits for the merge and carries the outcome' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  async revert(
    @Param('id') reverts: string,
    @Body() plain: unknown,
    @Headers('prefer') prefer: string | undefined,
    @Headers('idempotency-key') keyHeader: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SupplementView> {
    const { id, ...given } = readBody(RevertBody, plain ?? {});
    const command = {
      ...given,
      reverts: reverts.toLowerCase(),
      id: id?.toLowerCase() ?? newId(),
      by: ANONYMOUS,
      at: new Date().toISOString(),
      hash: requestHash({ reverts: reverts.toLowerCase(), id, ...given }),
    };
    const stored = await this.reverts.revert(command, readIdempotencyKey(keyHeader));
    const answer = await awaitOutcome(this.outcomes, stored, preferredWait(prefer), reply);
    reply.header('location', `/supplements/${answer.id}`);
    return answer;
  }
}
