import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { OutboxRelay, type OutboxStatus } from '#messaging';

@ApiTags('operators')
@Controller('admin/outbox')
export class OutboxController {
  constructor(@Inject(OutboxRelay) private readonly relay: OutboxRelay) {}

  @Get()
  @ApiOperation({
    summary: 'Events waiting to be published: how many, since when, and what is in their way',
    description:
      'rows counts up to 10,000. leading says whether this replica is the one that publishes; inFlight and heldSubjects are its own.',
  })
  status(): Promise<OutboxStatus> {
    return this.relay.status();
  }
}
