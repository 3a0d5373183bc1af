import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Length,
  MaxLength,
  Validate,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import type { ItemProgress, ItemState, JsonObject } from '#order-model';

const REPORTABLE: readonly ItemState[] = ['acknowledged', 'inProgress', 'pending', 'held', 'completed', 'failed', 'rejected', 'cancelled'];

@ValidatorConstraint({ name: 'milestone' })
class IsMilestone implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'string') return value.length > 0 && value.length <= 200;
    const name = typeof value === 'object' && value !== null ? (value as { name?: unknown }).name : undefined;
    return typeof name === 'string' && name.length > 0 && name.length <= 200;
  }
  defaultMessage(): string {
    return 'milestone must be a name, or an object with a name';
  }
}

export class ItemProgressBody implements ItemProgress {
  @ApiProperty()
  @IsString()
  @Length(1, 200)
  id!: string;

  @ApiPropertyOptional({ enum: REPORTABLE })
  @IsOptional()
  @IsIn(REPORTABLE)
  state!: ItemState;

  @ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'object', required: ['name'] }] })
  @IsOptional()
  @Validate(IsMilestone)
  milestone!: string | JsonObject;

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  pointOfNoReturn!: boolean;
}

/** What fulfilment reports of an order's items. */
export class ProgressBody {
  static readonly nested = { items: ItemProgressBody };

  @ApiProperty({ type: [ItemProgressBody] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @ArrayUnique((item: ItemProgressBody) => item?.id)
  @ValidateNested({ each: true })
  items!: ItemProgressBody[];

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  note!: string;
}
