import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SupplementBody } from '#contracts';
import { type Changeability, checkPatch } from '#order-model';
import { CheckedBody, invalidBody } from '#platform';
import { ANONYMOUS } from '../caller.js';
import type { PreviewView } from './preview.js';
import { PreviewService } from './preview.service.js';

/** Stands in the revision's cause where the caller has chosen no id yet. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

@ApiTags('effective-orders')
@Controller('effective-orders')
export class PreviewController {
  constructor(@Inject(PreviewService) private readonly previews: PreviewService) {}

  @Post(':orderId/preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'What a supplement would do if it were merged now: the revision it would make, conflicts, refusals, approvals needed',
    description:
      'Stores nothing. Inputs of the order that have arrived out of turn or are still on their way are not looked at, nor whether ' +
      'its id or externalId is taken: that is told when it is submitted.',
  })
  @ApiBody({ type: SupplementBody })
  preview(@Param('orderId') orderId: string, @CheckedBody(SupplementBody) body: SupplementBody): Promise<PreviewView> {
    const faults = checkPatch(body.changes).map((fault) => ({ ...fault, pointer: `/changes${fault.pointer}` }));
    if (faults.length > 0) throw invalidBody(faults);
    return this.previews.preview({ ...body, id: body.id?.toLowerCase() ?? NIL_UUID, orderId, by: ANONYMOUS });
  }

  @Get(':orderId/changeability')
  @ApiOperation({
    summary: 'What a supplement may still change on the order and its items, and why not',
    description: 'Paths are keyed and relative to the order or item; what is open is so whatever is closed above it.',
  })
  changeability(@Param('orderId') orderId: string): Promise<Changeability> {
    return this.previews.changeability(orderId);
  }
}
