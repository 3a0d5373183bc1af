import 'reflect-metadata';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Param, Patch, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsString } from 'class-validator';
import { eventually } from '#testing';
import { CheckedBody } from './body.js';
import { createHttpApplication } from './http.js';
import { openApiDocument } from './openapi.js';
import { ProblemError } from './problem.js';

class EchoBody {
  @IsString()
  text!: string;
}

const seen: unknown[] = [];

@Controller()
class EchoController {
  @Post('echo')
  echo(@CheckedBody(EchoBody) body: EchoBody): EchoBody {
    seen.push(body);
    return body;
  }

  @Patch('tmf-api/things/:id')
  patch(@Param('id') id: string, @Body() patch: unknown): unknown {
    return { id, patch };
  }

  @Get('fail/:how')
  fail(@Param('how') how: string): never {
    if (how === 'outage') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    if (how === 'problem') throw new ProblemError(409, 'state-transition', 'cannot go there', { extra: { from: 'held' } });
    throw new TypeError('secret detail');
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const LIMIT = 2_048;
let app: NestFastifyApplication;
let origin = '';

beforeAll(async () => {
  app = await createHttpApplication(EchoModule, LIMIT, false);
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();
});
afterAll(() => app.close());

async function send(method: string, path: string, body?: string, contentType = 'application/json') {
  const answer = await fetch(origin + path, { method, ...(body === undefined ? {} : { body, headers: { 'content-type': contentType } }) });
  const json = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, type: answer.headers.get('content-type'), headers: answer.headers, body: json };
}

/** Sends a path as it stands: `fetch` would put a broken one right. */
function sendRaw(path: string): Promise<{ status: number | undefined; type: string | undefined; body: string }> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += String(chunk);
      });
      answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], body }));
    });
    request.on('error', reject);
    request.end();
  });
}

const PROBLEM = 'application/problem+json; charset=utf-8';

describe('an application over HTTP', () => {
  it('takes JSON, and a JSON merge patch', async () => {
    expect(await send('POST', '/echo', '{"text":"x"}')).toMatchObject({ status: 201, body: { text: 'x' } });
    const patched = await send('PATCH', '/tmf-api/things/7', '{"a":null}', 'application/merge-patch+json');
    expect(patched).toMatchObject({ status: 200, body: { id: '7', patch: { a: null } } });
  });

  it.each([
    ['broken JSON', '{"text":', 'application/json', 400, 'invalid-json'],
    ['an empty body', '', 'application/json', 400, 'invalid-json'],
    ['__proto__', '{"text":"x","__proto__":{"a":1}}', 'application/json', 400, 'invalid-json'],
    ['constructor.prototype', '{"text":"x","constructor":{"prototype":1}}', 'application/json', 400, 'invalid-json'],
    ['__proto__ in a merge patch', '{"__proto__":{"a":1}}', 'application/merge-patch+json', 400, 'invalid-json'],
    ['a form', 'text=x', 'application/x-www-form-urlencoded', 415, 'unsupported-media-type'],
    ['plain text', '{"text":"x"}', 'text/plain', 415, 'unsupported-media-type'],
    ['a body over the limit', JSON.stringify({ text: 'x'.repeat(LIMIT) }), 'application/json', 413, 'body-too-large'],
    ['a merge patch over the limit', JSON.stringify({ text: 'x'.repeat(LIMIT) }), 'application/merge-patch+json', 413, 'body-too-large'],
    ['an unknown attribute', '{"text":"x","toString":1}', 'application/json', 400, 'invalid-body'],
    ['U+0000', '{"text":"\\u0000"}', 'application/json', 400, 'invalid-body'],
    ['a list', '[]', 'application/json', 400, 'invalid-body'],
  ])('given %s, answers with a problem document and does nothing', async (_what, body, contentType, status, code) => {
    const before = seen.length;
    const answer = await send('POST', '/echo', body, contentType);
    expect(answer).toMatchObject({
      status,
      type: PROBLEM,
      body: { status, instance: '/echo', type: `https://supping.io/problems/${code}` },
    });
    expect(seen).toHaveLength(before);
  });

  it.each([
    ['over the limit', 'application/json', 413],
    ['of a type that is not taken', 'text/plain', 415],
  ])(
    'given a body %s, answers at once, hears the caller out, and takes the next request on the connection',
    async (_what, type, status) => {
      const { hostname, port } = new URL(origin);
      const socket = connect(Number(port), hostname);
      let heard = '';
      socket.on('data', (bytes) => {
        heard += String(bytes);
      });
      const head = (length: number, contentType: string): string =>
        `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n`;
      const half = 'x'.repeat(500_000);
      socket.write(head(2 * half.length, type) + half);
      await eventually(() => expect(heard).toContain(`HTTP/1.1 ${status} `));
      socket.write(half);
      socket.write(`${head(12, 'application/json')}{"text":"x"}`);
      await eventually(() => expect(heard).toContain('HTTP/1.1 201 '));
      socket.destroy();
    },
  );

  it('given no body where one is wanted, says what to send', async () => {
    expect(await send('POST', '/echo')).toMatchObject({
      status: 400,
      type: PROBLEM,
      body: { detail: expect.stringContaining('JSON object') },
    });
  });

  it('given an unknown path, says so', async () => {
    expect(await send('GET', '/nowhere?x=1')).toMatchObject({ status: 404, type: PROBLEM, body: { instance: '/nowhere' } });
  });
  it('on TMF paths, adds what TMF630 wants', async () => {
    const answer = await send('PATCH', '/tmf-api/things/7', 'x');
    expect(answer.body).toMatchObject({ code: 'invalid-json', reason: expect.any(String), message: expect.any(String) });
  });

  it.each([['/fail/%00'], ['/fail/x?externalId=a%00b']])('given U+0000 in the URL (%s), refuses it', async (path) => {
    expect(await send('GET', path)).toMatchObject({
      status: 400,
      type: PROBLEM,
      body: { type: 'https://supping.io/problems/invalid-url' },
    });
  });

  it.each([['/fail/%zz'], ['/fail/%'], [`/tmf-api/things/${'x'.repeat(500)}`]])(
    'given the URL %s, answers with a problem document',
    async (path) => {
      const answer = await sendRaw(path);
      expect([answer.type, answer.status]).toEqual([PROBLEM, expect.any(Number)]);
      expect(JSON.parse(answer.body)).toMatchObject({ status: answer.status, instance: path });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    },
  );

  it('given a problem, tells all of it', async () => {
    expect(await send('GET', '/fail/problem')).toMatchObject({
      status: 409,
      type: PROBLEM,
      body: { from: 'held', detail: 'cannot go there' },
    });
  });

  it('given an outage, says 503 and when to try again', async () => {
    const answer = await send('GET', '/fail/outage');
    expect(answer).toMatchObject({ status: 503, type: PROBLEM });
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  it('given a bug, tells nothing of it', async () => {
    const answer = await send('GET', '/fail/bug');
    expect(answer).toMatchObject({ status: 500, type: PROBLEM });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it('describes itself, problem documents included', () => {
    const document = openApiDocument(app, 'echo');
    expect(document.openapi).toBe('3.1.0');
    expect(document.paths['/echo']?.post?.responses).toHaveProperty('default.content.application/problem+json');
    expect(document.components?.schemas).toHaveProperty('Problem');
  });
});
