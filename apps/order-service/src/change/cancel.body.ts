import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsISO8601, IsObject, IsOptional, IsString, Length, MaxLength, ValidateNested } from 'class-validator';

export class ProductOrderRefBody {
  @ApiProperty()
  @IsString()
  @Length(1, 100)
  id!: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  href!: string;
}

/** TMF622 CancelProductOrder_Create. */
export class CancelProductOrderBody {
  static readonly nested = { productOrder: ProductOrderRefBody };

  @ApiProperty({ type: ProductOrderRefBody })
  @IsDefined()
  @IsObject()
  @ValidateNested()
  productOrder!: ProductOrderRefBody;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  cancellationReason!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  requestedCancellationDate!: string;
}
