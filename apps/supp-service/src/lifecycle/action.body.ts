import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { ReasonBody } from '#contracts';
import { checkPatch, type JsonObject } from '#order-model';
import { invalidBody, type ProblemFault, readBody, requestHash } from '#platform';
import type { Resolution } from '../supplement.js';

/** What may come with a step; it may be left out whole. */
export class ActionBody {
  static readonly nested = { reason: ReasonBody };

  @ApiPropertyOptional({ type: ReasonBody, description: 'why; kept in the audit' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  reason!: ReasonBody;
}

const ACTIONS = ['apply', 'edit', 'drop'] as const;

export class ResolveBody extends ActionBody {
  @ApiProperty({ enum: ACTIONS, description: 'apply it over what changed, apply it with other changes, or drop it' })
  @IsIn(ACTIONS)
  action!: Resolution['action'];

  @ApiPropertyOptional({ description: 'in the place of the held ones, for edit', type: 'object', additionalProperties: true })
  @IsOptional()
  @IsObject()
  changes!: JsonObject;
}

/** Body and hash of a step whose body may be left out. @throws ProblemError 400 */
export function readAction(plain: unknown): { body: ActionBody; hash: string } {
  const body = readBody(ActionBody, plain ?? {});
  return { body, hash: requestHash(body) };
}

/** @throws ProblemError 400: what a body says of itself, changes that are none, changes where none belong */
export function checkResolution({ action, changes }: ResolveBody): void {
  const at = (fault: ProblemFault): ProblemFault => ({ ...fault, pointer: `/changes${fault.pointer ?? ''}` });
  const wrong = (code: string, detail: string): ProblemFault[] => [at({ code, detail })];
  const missing = action === 'edit' && changes === undefined;
  const faults = missing
    ? wrong('required', 'an edit needs the changes to apply')
    : action !== 'edit' && changes !== undefined
      ? wrong('invalid-value', `changes are only for the action edit, not for ${action}; leave them out`)
      : changes === undefined
        ? []
        : checkPatch(changes).map(at);
  if (faults.length > 0) throw invalidBody(faults);
}
