import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';

/** Letters named in one request. */
const MOST_IDS = 1_000;

export class DiscardBody {
  @ApiProperty({ minLength: 1, maxLength: 2000, description: 'why it is not needed; kept with the letter' })
  @IsString()
  @Length(1, 2000)
  @Matches(/\S/, { message: 'reason must say something' })
  reason!: string;
}

export class RedriveFilterBody {
  @ApiPropertyOptional({ description: 'given up on this queue' })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  queue!: string;

  @ApiPropertyOptional({ description: 'about this subject (an order id)' })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  subject!: string;

  @ApiPropertyOptional({ description: 'a part of the reason, as it is written' })
  @IsOptional()
  @IsString()
  @Length(1, 1000)
  reason!: string;
}

export class RedriveBody {
  static readonly nested = { filter: RedriveFilterBody };

  @ApiPropertyOptional({ type: [String], description: `these letters, at most ${MOST_IDS}` })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_IDS)
  @Matches(/^\d{1,15}$/, { each: true, message: 'each of ids must be the id of a dead letter' })
  ids!: string[];

  @ApiPropertyOptional({ type: RedriveFilterBody, description: 'all that wait and match; {} is every one that waits' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  filter!: RedriveFilterBody;
}
