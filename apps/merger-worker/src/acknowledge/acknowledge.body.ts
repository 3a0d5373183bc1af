import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsString, Length, Max, Min, ValidateIf } from 'class-validator';

export class AcknowledgeBody {
  @ApiProperty({ example: 'fulfilment' })
  @IsString()
  @Length(1, 100)
  consumer!: string;

  @ApiProperty({ minimum: 1 })
  @IsInt()
  @Min(1)
  @Max(2 ** 31 - 1)
  revision!: number;

  @ApiProperty({ enum: ['ack', 'nack'], description: 'ack: works from this revision; nack: refuses it' })
  @IsIn(['ack', 'nack'])
  status!: 'ack' | 'nack';

  @ApiPropertyOptional({ description: 'why; a nack needs it' })
  @ValidateIf(({ status, reason }: AcknowledgeBody) => status === 'nack' || reason !== undefined)
  @IsString({ message: 'say why in reason: a nack needs it' })
  @Length(1, 2000)
  reason!: string;
}
