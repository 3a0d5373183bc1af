import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CheckedBody } from './body.js';
import { DiscardBody, RedriveBody } from './dead-letter.body.js';
import type { DeadLetterFilter, DeadLetterState, DeadLetterView, WholeDeadLetter } from './dead-letter.store.js';
import { DeadLettersService, type Redriven } from './dead-letters.service.js';
import { countedAfter, pageOf, readPage } from './paging.js';
import { invalidBody, ProblemError } from './problem.js';

type QueryParams = Readonly<Record<string, unknown>>;

const STATES: readonly DeadLetterState[] = ['waiting', 'redriven', 'discarded'];

/** Who is at the door, until callers are told apart. */
const ANONYMOUS = 'anonymous';

function deed(): { at: string; by: string } {
  return { at: new Date().toISOString(), by: ANONYMOUS };
}

function single(query: QueryParams, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new ProblemError(400, 'invalid-query', `give ${name} once`);
}

function readFilter(query: QueryParams): DeadLetterFilter {
  const state = single(query, 'state');
  if (state !== undefined && !STATES.includes(state as DeadLetterState)) {
    throw new ProblemError(400, 'invalid-query', `state must be one of ${STATES.join(', ')}`);
  }
  return {
    state: state as DeadLetterState | undefined,
    queue: single(query, 'queue'),
    subject: single(query, 'subject'),
    reason: single(query, 'reason'),
  };
}

/** A letter to read. */
interface LetterView extends Omit<WholeDeadLetter, 'start'> {
  /** The body, or its start. */
  readonly body: string;
  /** base64 where the body is no text. */
  readonly bodyEncoding: 'utf-8' | 'base64';
  /** More of the body is stored than is shown. */
  readonly bodyTruncated: boolean;
}

function letterView({ start, ...letter }: WholeDeadLetter): LetterView {
  const bodyTruncated = start.length < letter.bytes;
  try {
    // As a stream: a character may be cut at the end of what is shown.
    const body = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: bodyTruncated });
    return { ...letter, body, bodyEncoding: 'utf-8', bodyTruncated };
  } catch {
    return { ...letter, body: start.toString('base64'), bodyEncoding: 'base64', bodyTruncated };
  }
}

/** Messages that this service could not handle, and what an operator does about them. */
@ApiTags('operators')
@Controller('admin/dead-letters')
export class DeadLettersController {
  constructor(@Inject(DeadLettersService) private readonly letters: DeadLettersService) {}

  @Get()
  @ApiOperation({ summary: 'Messages that could not be handled, with the reason and what was decided about them, newest first' })
  @ApiQuery({ name: 'state', required: false, enum: STATES })
  @ApiQuery({ name: 'queue', required: false })
  @ApiQuery({ name: 'subject', required: false })
  @ApiQuery({ name: 'reason', required: false, description: 'a part of the reason' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async list(
    @Query() query: QueryParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly DeadLetterView[] }> {
    const page = readPage(query);
    const rows = await this.letters.list(readFilter(query), countedAfter(page), page.limit + 1);
    const { items, headers } = pageOf(rows, page, request.url, ({ id }) => id);
    reply.headers(headers);
    return { items };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of them, with its headers, its body (the first 64 KiB) and what was done about it' })
  async read(@Param('id') id: string): Promise<LetterView> {
    return letterView(await this.letters.read(id));
  }

  @Post('redrive')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send many or all back to the queues they were on',
    description: 'Ids, or all that wait and match a filter, oldest first, at most 1,000 a request; `more` says that there are others.',
  })
  @ApiBody({ type: RedriveBody })
  redriveMany(@CheckedBody(RedriveBody) { ids, filter }: RedriveBody): Promise<Redriven> {
    if ((ids === undefined) === (filter === undefined)) {
      const detail = 'give either ids or a filter; an empty filter is every letter that waits';
      throw invalidBody([{ pointer: '', code: 'required', detail }]);
    }
    return ids === undefined ? this.letters.redriveMatching({ ...filter }, deed()) : this.letters.redriveThese([...new Set(ids)], deed());
  }

  @Post(':id/redrive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send it back to the queue it was on; once is enough, a second time does nothing' })
  async redrive(@Param('id') id: string): Promise<LetterView> {
    await this.letters.redrive(id, deed());
    return this.read(id);
  }

  @Post(':id/discard')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say why it is not needed; it stays listed, and can still be redriven' })
  @ApiBody({ type: DiscardBody })
  async discard(@Param('id') id: string, @CheckedBody(DiscardBody) { reason }: DiscardBody): Promise<LetterView> {
    await this.letters.discard(id, { ...deed(), reason });
    return this.read(id);
  }
}
