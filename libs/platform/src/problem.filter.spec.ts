import { describe, expect, it } from '@jest/globals';
import { BadRequestException, ForbiddenException, InternalServerErrorException, NotFoundException } from '@nestjs/common';
import { isOutage, isRetryable } from './outage.js';
import { toProblem } from './problem.filter.js';
import { invalidBody, ProblemError, problemDocument } from './problem.js';

const coded = (code: string, inside?: object): Error => Object.assign(new Error(`it says ${code}`), { code }, inside);
const failed = (driverError: unknown): Error => Object.assign(new Error('query failed'), { driverError });

/** What TypeORM, pg and Node throw when PostgreSQL is away, shutting down, full, or lost in the middle. */
const OUTAGES: readonly [string, Error][] = [
  ['a refused connection', coded('ECONNREFUSED')],
  ['a refused connection on each of two addresses', Object.assign(new AggregateError([coded('ECONNREFUSED')]), { code: undefined })],
  ['a reset connection', failed(coded('ECONNRESET'))],
  ['a shutdown', failed(coded('57P01'))],
  ['a start', failed(coded('57P03'))],
  ['too many connections', coded('53300')],
  ['a full disk', failed(coded('53100'))],
  ['a connection lost', new Error('Connection terminated unexpectedly')],
  ['a connect that takes too long', new Error('timeout exceeded when trying to connect')],
  ['a query that takes too long', new Error('Query read timeout')],
  ['a cause inside', new Error('outer', { cause: coded('EPIPE') })],
  ['a primary that became a replica', failed(coded('25006'))],
];
const RETRYABLE: readonly [string, Error][] = [
  ['a deadlock', failed(coded('40P01'))],
  ['a serialization failure', coded('40001')],
  ['a lock that takes too long', new Error('outer', { cause: coded('55P03') })],
];
const FAILURES: readonly [string, unknown][] = [
  ['a broken rule of the table', failed(coded('23505'))],
  ['a bug', new TypeError('x is undefined')],
  ['JSON in our own hands that is none', new SyntaxError('Unexpected token')],
  ['nothing', undefined],
  ['a text', 'thrown'],
];

describe('an error', () => {
  it.each(OUTAGES)('of %s is an outage: 503, try again', (_what, error) => {
    expect([isOutage(error), isRetryable(error)]).toEqual([true, false]);
    expect(toProblem(error, 1)).toMatchObject({ status: 503, code: 'unavailable', headers: { 'retry-after': '1' } });
  });

  it.each(RETRYABLE)('of %s is tried again at once, and is a 503 when that does not help', (_what, error) => {
    expect([isOutage(error), isRetryable(error)]).toEqual([false, true]);
    expect(toProblem(error, 1)).toMatchObject({ status: 503 });
  });

  it.each(FAILURES)('of %s is ours: 500, and nothing of it is told', (_what, error) => {
    expect([isOutage(error), isRetryable(error)]).toEqual([false, false]);
    expect(toProblem(error, 1)).toMatchObject({ status: 500, message: 'the service failed on this request; its log says why' });
  });

  it('that is a problem stays that problem', () => {
    const problem = new ProblemError(409, 'external-id-taken', 'taken', { extra: { supplementId: '7' } });
    expect(toProblem(problem, 1)).toBe(problem);
  });

  it.each([
    [coded('FST_ERR_CTP_BODY_TOO_LARGE'), 413, 'body-too-large', '4096 bytes'],
    [coded('FST_ERR_CTP_INVALID_MEDIA_TYPE'), 415, 'unsupported-media-type', 'application/json'],
    [coded('FST_ERR_CTP_EMPTY_JSON_BODY'), 400, 'invalid-json', 'empty'],
    [coded('FST_ERR_CTP_INVALID_JSON_BODY', { statusCode: 400 }), 400, 'invalid-json', 'not JSON'],
    [coded('FST_ERR_CTP_INVALID_CONTENT_LENGTH'), 400, 'invalid-body', 'Content-Length'],
    [Object.assign(new SyntaxError('Object contains forbidden prototype property'), { statusCode: 400 }), 400, 'invalid-json', 'prototype'],
    [coded('FST_ERR_BAD_URL', { statusCode: 400 }), 400, 'bad-request', 'it says'],
    [new NotFoundException('Cannot GET /x'), 404, 'not-found', 'Cannot GET /x'],
    [new BadRequestException('odd'), 400, 'bad-request', 'odd'],
    [new ForbiddenException('no'), 403, 'bad-request', 'no'],
    [new InternalServerErrorException('oops'), 500, 'internal-error', 'oops'],
  ])('of the framework (%s) is told as %i %s', (error, status, code, detail) => {
    const problem = toProblem(error, 4096);
    expect([problem.status, problem.code]).toEqual([status, code]);
    expect(problem.message).toContain(detail);
  });
});

describe('a problem document', () => {
  const problem = new ProblemError(422, 'past-point-of-no-return', 'item 1 is completed', {
    errors: [{ pointer: '/a', code: 'x', detail: 'y' }],
    extra: { version: 3 },
  });

  it('has the members of RFC 9457, the faults and what the problem adds', () => {
    expect(problemDocument(problem, '/orders/7/supplements')).toEqual({
      type: 'https://supping.io/problems/past-point-of-no-return',
      title: 'Past point of no return',
      status: 422,
      detail: 'item 1 is completed',
      instance: '/orders/7/supplements',
      errors: [{ pointer: '/a', code: 'x', detail: 'y' }],
      version: 3,
    });
  });

  it('on a TMF path has code, reason and message of TMF630 beside them', () => {
    expect(problemDocument(problem, '/tmf-api/productOrderingManagement/v4/productOrder')).toMatchObject({
      type: 'https://supping.io/problems/past-point-of-no-return',
      code: 'past-point-of-no-return',
      reason: 'Past point of no return',
      message: 'item 1 is completed',
    });
    expect(problemDocument(problem, '/tmf-apix')).not.toHaveProperty('reason');
  });

  it('of a body begins with the first fault', () => {
    const fault = { pointer: '/a', code: 'x', detail: 'must be a text' };
    expect(invalidBody([fault]).message).toBe('/a: must be a text');
    expect(invalidBody([{ ...fault, pointer: '' }, fault]).message).toBe('the body: must be a text (and 1 more, see errors)');
    expect(invalidBody([]).message).toBe('the body is not valid');
  });
});
