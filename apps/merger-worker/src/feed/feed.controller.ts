import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FEED_EVENTS } from '#contracts';
import { FeedService } from './feed.service.js';
import { readFeedQuery } from './feed-query.js';

@ApiTags('events')
@Controller('events')
export class FeedController {
  constructor(@Inject(FeedService) private readonly feed: FeedService) {}

  @Get()
  @ApiOperation({
    summary: 'What was published, in the order of its publication, for consumers that missed some',
    description:
      'Items are CloudEvents 1.0 in their JSON format with their position beside the attributes. The answer is ' +
      '{ items, after }: go on with that after, also when items is empty (a page of a rare type may be empty and still have a next one). ' +
      '410 position-gone: some of what follows is no longer kept; read the orders again, then go on with the after of the problem.',
  })
  @ApiQuery({ name: 'after', required: false, description: 'a position; without it from the oldest that is kept' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'type', required: false, description: `some of ${FEED_EVENTS.join(', ')}, with commas between` })
  @ApiQuery({ name: 'subject', required: false, description: 'an order id' })
  @ApiQuery({ name: 'wait', required: false, description: 'seconds, up to 30: how long to wait for an event where there is none' })
  async read(@Query() query: Readonly<Record<string, unknown>>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { events, next, more } = await this.feed.read(readFeedQuery(query), gone.signal);
    if (more) reply.header('link', `<${linkTo(request.url, next)}>; rel="next"`);
    // Put together as texts: what was published is passed on to the letter, and not parsed for it.
    const body = `{"items":[${events.map(({ json }) => json).join(',')}],"after":${next}}`;
    await reply.type('application/json; charset=utf-8').send(body);
  }
}

function linkTo(url: string, after: number): string {
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('after', String(after));
  return `${path}?${query}`;
}
