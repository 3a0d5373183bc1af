import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { closeInTime } from './closing.js';
import { ProblemFilter, pathOf, toProblem } from './problem.filter.js';
import { ProblemError, problemDocument } from './problem.js';

/** Longest path parameter: an order's id has at most 100 characters, 300 when each is percent-encoded. */
const LONGEST_PARAMETER = 300;

/** A request that has not come in whole by then is given up; it says nothing of how long the answer takes. */
const REQUEST_TIMEOUT_MS = 60_000;

/** An adapter whose own refusals (a URL that cannot be read) are problem documents too: they never reach Nest's filter. */
function adapter(bodyLimit: number): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit,
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const problem = toProblem(error, bodyLimit);
      void reply
        .status(problem.status)
        .type('application/problem+json; charset=utf-8')
        .send(problemDocument(problem, pathOf(request.url)));
    },
  });
}

/**
 * A Nest application on Fastify as every service runs it: JSON and JSON merge patches (RFC 7396) in, no other body;
 * every error out as a problem document.
 * @param bodyLimit largest request body, bytes
 */
export async function createHttpApplication(
  module: Type | DynamicModule,
  bodyLimit: number,
  logger: LoggerService | false,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter(bodyLimit), {
    logger,
    abortOnError: false,
    // Fastify's parsers, not Nest's: those take forms as well, whose every value is a text.
    bodyParser: false,
  });
  app.useGlobalFilters(new ProblemFilter(bodyLimit));
  const fastify = app.getHttpAdapter().getInstance();
  closeInTime(fastify);
  fastify.removeContentTypeParser('text/plain');
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/merge-patch+json', { parseAs: 'string', bodyLimit }, parse);
  fastify.addHook('onRequest', (request, _reply, done) => {
    // PostgreSQL refuses U+0000 in any text, and every part of a URL ends up as one.
    done(
      /%00/.test(request.url) ? new ProblemError(400, 'invalid-url', 'the URL holds the character U+0000 (%00); leave it out') : undefined,
    );
  });
  return app;
}
