import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FEED_EVENTS } from '#contracts';
import { readStreamQuery } from './feed-query.js';
import { StreamsService } from './streams.service.js';

const EVENT_STREAM = 'text/event-stream';

@ApiTags('events')
@Controller('effective-orders/events')
export class StreamsController {
  constructor(@Inject(StreamsService) private readonly streams: StreamsService) {}

  @Get()
  @ApiProduces(EVENT_STREAM)
  @ApiOperation({
    summary: 'What is published, as it is published: Server-Sent Events',
    description:
      'id is the position, event the type without its domain and version, data the CloudEvent in its JSON format. ' +
      'Comes back from Last-Event-ID; without it and without after it begins now. ' +
      '410 position-gone: some of what follows is no longer kept; read the orders again, then go on with the after of the problem. ' +
      '503 too-many-streams: come back later.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'a position; counts before after' })
  @ApiQuery({ name: 'after', required: false, description: 'a position' })
  @ApiQuery({ name: 'type', required: false, description: `some of ${FEED_EVENTS.join(', ')}, with commas between` })
  @ApiQuery({ name: 'subject', required: false, description: 'an order id' })
  async listen(
    @Query() query: Readonly<Record<string, unknown>>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { after, filter } = readStreamQuery(query, lastEventId);
    if (request.method === 'HEAD') return void (await reply.type(EVENT_STREAM).send());
    const send = await this.streams.open(after, filter);
    reply.hijack();
    // `close`: it is the last answer on its connection, which else would be kept for another while the service stops.
    reply.raw.writeHead(200, { 'content-type': EVENT_STREAM, 'cache-control': 'no-store', connection: 'close', 'x-accel-buffering': 'no' });
    send(reply.raw);
  }
}
