import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTransient } from '#messaging';
import { ProblemError, problemDocument, unavailable } from './problem.js';

interface FastifyFailure {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message: string;
  readonly stack?: string;
}

const fastifyProblems: Readonly<Record<string, (limit: string) => ProblemError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (limit) =>
    new ProblemError(413, 'body-too-large', `the body is larger than ${limit} bytes; split it, or raise SUPPING_BODY_LIMIT`),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new ProblemError(415, 'unsupported-media-type', 'send the body as content-type application/json'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new ProblemError(400, 'invalid-json', 'the body is not JSON; send a JSON document'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new ProblemError(400, 'invalid-json', 'the body is empty; send a JSON document'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new ProblemError(400, 'invalid-body', 'the body is not as long as its Content-Length says'),
};

function asFailure(error: unknown): FastifyFailure {
  return error instanceof Error ? (error as Error & FastifyFailure) : { message: String(error) };
}

/**
 * Turns whatever a request met into the problem that its caller is told. A server that is away is a 503: whether the
 * transaction was stored is not known when the answer to its COMMIT was lost, so it says how to try again safely.
 */
export function toProblem(error: unknown, bodyLimit: number): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isTransient(error)) {
    return unavailable('a server that this service stands on does not answer; try again, with the same Idempotency-Key or id');
  }
  // Nest wraps what Fastify threw; Fastify's code says more than the status that Nest keeps of it.
  if (error instanceof HttpException && error.cause instanceof Error) return toProblem(error.cause, bodyLimit);
  const failure = asFailure(error);
  const known = fastifyProblems[failure.code ?? ''];
  if (known !== undefined) return known(String(bodyLimit));
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return new ProblemError(status, status === 404 ? 'not-found' : status >= 500 ? 'internal-error' : 'bad-request', error.message);
  }
  if (failure.statusCode === 400 && error instanceof SyntaxError) {
    return new ProblemError(400, 'invalid-json', `the body is not JSON: ${failure.message}`);
  }
  if (failure.statusCode !== undefined && failure.statusCode >= 400 && failure.statusCode < 500) {
    return new ProblemError(failure.statusCode, 'bad-request', failure.message);
  }
  return new ProblemError(500, 'internal-error', 'the service failed on this request; its log says why');
}

/** The path of a request's URL, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

/** The one place where errors become answers: `application/problem+json` (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');
  constructor(private readonly bodyLimit: number) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = toProblem(error, this.bodyLimit);
    const what = `${request.method} ${request.url}: ${asFailure(error).message}`;
    // Of an outage one line a request is enough; of a failure of ours the stack is wanted.
    if (problem.status === 503) this.logger.warn(what);
    else if (problem.status >= 500) this.logger.error(what, asFailure(error).stack);
    // Fastify closes the connection on a body that it does not read to its end, which resets it under a caller that is
    // still sending, before the answer is read. Left open, Node throws the rest of the body away.
    void reply
      .removeHeader('connection')
      .status(problem.status)
      .headers(problem.headers)
      .type('application/problem+json; charset=utf-8')
      .send(problemDocument(problem, pathOf(request.url)));
  }
}
