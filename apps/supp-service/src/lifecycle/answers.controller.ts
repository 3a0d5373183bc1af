import { Body, Controller, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CheckedBody, readIdempotencyKey, requestHash } from '#platform';
import { ANONYMOUS } from '../caller.js';
import type { SupplementView } from '../read/supplement.view.js';
import { ActionBody, checkResolution, ResolveBody, readAction } from './action.body.js';
import type { AnswerSupplement } from './answer.js';
import type { Deed } from './decision.js';
import { type Asked, LifecycleService } from './lifecycle.service.js';

function deedOf({ reason }: ActionBody): Deed {
  return { at: new Date().toISOString(), by: ANONYMOUS, ...(reason === undefined ? {} : { reason }) };
}

function askedOf(id: string, keyHeader: string | undefined, hash: string): Asked {
  return { id: id.toLowerCase(), idempotencyKey: readIdempotencyKey(keyHeader), hash };
}

/** What is done about a supplement that waits: by its author, the customer or an operator. */
@ApiTags('supplements')
@Controller()
export class AnswersController {
  constructor(@Inject(LifecycleService) private readonly lifecycle: LifecycleService) {}

  @Post('supplements/:id/withdraw')
  @HttpCode(200)
  @ApiOperation({ summary: 'Its author takes back a supplement that waits for an approval, or is held' })
  @ApiBody({ type: ActionBody, required: false })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  withdraw(@Param('id') id: string, @Body() plain: unknown, @Headers('idempotency-key') key: string | undefined): Promise<SupplementView> {
    const { body, hash } = readAction(plain);
    return this.lifecycle.withdraw(askedOf(id, key, hash), deedOf(body));
  }

  @Post('supplements/:id/accept')
  @HttpCode(200)
  @ApiOperation({ summary: 'The customer says yes to what they are asked about a supplement, its charge included' })
  @ApiBody({ type: ActionBody, required: false })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  accept(@Param('id') id: string, @Body() plain: unknown, @Headers('idempotency-key') key: string | undefined): Promise<SupplementView> {
    return this.answer(id, plain, key, { party: 'customer', answer: 'accepted' });
  }

  @Post('supplements/:id/decline')
  @HttpCode(200)
  @ApiOperation({ summary: 'The customer says no; a supplement that waits for it ends' })
  @ApiBody({ type: ActionBody, required: false })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  decline(@Param('id') id: string, @Body() plain: unknown, @Headers('idempotency-key') key: string | undefined): Promise<SupplementView> {
    return this.answer(id, plain, key, { party: 'customer', answer: 'declined' });
  }

  @Post('admin/supplements/:id/approve')
  @HttpCode(200)
  @ApiOperation({ summary: 'An operator approves a supplement that waits for it' })
  @ApiBody({ type: ActionBody, required: false })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  approve(@Param('id') id: string, @Body() plain: unknown, @Headers('idempotency-key') key: string | undefined): Promise<SupplementView> {
    return this.answer(id, plain, key, { party: 'operator', answer: 'accepted' });
  }

  @Post('admin/supplements/:id/decline')
  @HttpCode(200)
  @ApiOperation({ summary: 'An operator declines a supplement that waits for them' })
  @ApiBody({ type: ActionBody, required: false })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  refuse(@Param('id') id: string, @Body() plain: unknown, @Headers('idempotency-key') key: string | undefined): Promise<SupplementView> {
    return this.answer(id, plain, key, { party: 'operator', answer: 'declined' });
  }

  @Post('admin/supplements/:id/resolve')
  @HttpCode(200)
  @ApiOperation({ summary: 'An operator applies, edits or drops a held supplement; what is applied enters the line again at its end' })
  @ApiBody({ type: ResolveBody })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  resolve(
    @Param('id') id: string,
    @CheckedBody(ResolveBody) body: ResolveBody,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<SupplementView> {
    checkResolution(body);
    const { action, changes } = body;
    const command = { ...deedOf(body), action, ...(changes === undefined ? {} : { changes }) };
    return this.lifecycle.resolve(askedOf(id, key, requestHash(body)), command);
  }

  private answer(
    id: string,
    plain: unknown,
    key: string | undefined,
    given: Pick<AnswerSupplement, 'party' | 'answer'>,
  ): Promise<SupplementView> {
    const { body, hash } = readAction(plain);
    return this.lifecycle.answer(askedOf(id, key, hash), { ...deedOf(body), ...given });
  }
}
