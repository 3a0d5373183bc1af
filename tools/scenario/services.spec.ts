import { expect, it } from '@jest/globals';
import { problemsOf } from './services.js';
import { readSettings } from './settings.js';
import { Patience } from './waiting.js';

it('a problem document gives its code and those of its errors, each once', () => {
  const type = 'https://example.org/problems/dependency';
  expect(problemsOf({ type, detail: 'no', errors: [{ code: 'dependency', path: '/a', detail: 'why' }] }, 422)).toEqual([
    { code: 'dependency', path: '/a', detail: 'why' },
  ]);
  expect(
    problemsOf({ type: 'x/invalid-body', detail: 'bad', errors: [{ code: 'required', pointer: '/b', detail: 'give it' }] }, 400),
  ).toEqual([
    { code: 'invalid-body', detail: 'bad' },
    { code: 'required', path: '/b', detail: 'give it' },
  ]);
  expect(problemsOf(undefined, 502)).toEqual([{ code: 'http-502', detail: 'HTTP status 502' }]);
});

it('settings come from the environment, with the defaults of npm start', () => {
  const usual = readSettings({});
  expect(usual.urls).toEqual({
    'order-service': 'http://localhost:3001',
    'supp-service': 'http://localhost:3002',
    'merger-worker': 'http://localhost:3003',
  });
  expect(usual.exchange).toBe('supping.events');
  expect(readSettings({ SUPPING_PREFIX: 'mine.', SUPP_SERVICE_URL: 'https://host/base/' })).toMatchObject({
    exchange: 'mine.events',
    urls: { 'supp-service': 'https://host/base' },
  });
  expect(() => readSettings({ AMQP_URL: 'http://x' })).toThrow(/^AMQP_URL: not a URL that begins with amqp:\/\/ or amqps:\/\/$/);
});

it('waiting ends, and says what was waited for', async () => {
  const told: (string | undefined)[] = [];
  const patience = new Patience(50, (what) => told.push(what));
  await expect(patience.until('the moon', () => undefined)).rejects.toThrow('waited 0 s for the moon');
  let calls = 0;
  expect(await patience.until('the second call', () => (++calls === 2 ? 'here' : undefined))).toBe('here');
  expect(told).toEqual(['the moon', undefined, 'the second call', undefined]);
});
