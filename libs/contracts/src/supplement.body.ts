import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  CATEGORIES,
  type Category,
  CHARGE_CATEGORIES,
  type Charge,
  type JsonObject,
  ON_CONFLICT,
  type OnConflict,
  ORIGINS,
  type Origin,
} from '#order-model';
import type { SupplementRequest } from './supplements.js';

export class ReasonBody {
  @ApiPropertyOptional({ example: 'DEMARC_CHANGE' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  code!: string;

  @ApiPropertyOptional({ example: 'site survey' })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  text!: string;
}

export class MoneyBody {
  @ApiProperty({ description: 'ISO 4217 currency', example: 'USD' })
  @IsString()
  @Length(3, 3)
  unit!: string;

  @ApiProperty({ example: 18400 })
  @IsNumber()
  value!: number;
}

export class ChargeBody {
  static readonly nested = { price: MoneyBody };

  @ApiProperty({ enum: CHARGE_CATEGORIES })
  @IsIn(CHARGE_CATEGORIES)
  category!: Charge['category'];

  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  blocking!: boolean;

  @ApiPropertyOptional({ type: MoneyBody })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  price!: MoneyBody;

  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  // Of ISO 8601 only what is an instant to everyone: its week and ordinal dates are none to JavaScript, nor years past 2999 to all stores.
  @Matches(/^[12]\d{3}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/, {
    message: 'responseDueDate must be a date, or a date and time, such as 2027-01-20T00:00:00Z',
  })
  responseDueDate!: string;
}

/** A supplement as a caller posts it; its `changes` are held against the order model's own rules. */
export class SupplementBody implements SupplementRequest {
  static readonly nested = { reason: ReasonBody, charge: ChargeBody };

  @ApiPropertyOptional({ description: "the caller's choice; makes a retry safe", format: 'uuid' })
  @IsOptional()
  @IsUUID()
  id!: string;

  @ApiPropertyOptional({ description: "the caller's own number, unique per caller and order", example: 'PON-77/02' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  externalId!: string;

  @ApiProperty({ enum: CATEGORIES })
  @IsIn(CATEGORIES)
  category!: Category;

  @ApiPropertyOptional({ type: ReasonBody })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  reason!: ReasonBody;

  @ApiPropertyOptional({ enum: ORIGINS })
  @IsOptional()
  @IsIn(ORIGINS)
  origin!: Origin;

  @ApiPropertyOptional({ description: 'the revision that the author had seen; absent: unconditional', minimum: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  basedOnRevision!: number;

  @ApiPropertyOptional({ enum: ON_CONFLICT, default: 'hold' })
  @IsOptional()
  @IsIn(ON_CONFLICT)
  onConflict!: OnConflict;

  @ApiProperty({ description: 'a partial TMF622 ProductOrder with intents: only what changes', type: 'object', additionalProperties: true })
  @IsDefined()
  @IsObject()
  changes!: JsonObject;

  @ApiPropertyOptional({ type: ChargeBody })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  charge!: ChargeBody;
}
