import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type KnownReasonCode, type Policy, reasonCodes, SUPPLEMENT_TYPES, type SupplementType } from '#order-model';
import { POLICY } from '#platform';

@ApiTags('supplements')
@Controller()
export class ReasonCodesController {
  constructor(@Inject(POLICY) private readonly policy: Policy) {}

  @Get('reason-codes')
  @ApiOperation({ summary: "The codes that `reason.code` may carry, the trade's and the deployment's, and what ASOG's SUP types are here" })
  list(): { items: readonly KnownReasonCode[]; onlyKnown: boolean; supplementTypes: readonly SupplementType[] } {
    return { items: reasonCodes(this.policy), onlyKnown: this.policy.reasonCodes.onlyKnown, supplementTypes: SUPPLEMENT_TYPES };
  }
}
