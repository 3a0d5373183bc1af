import { describe, expect, it } from '@jest/globals';
import { eventOwners, FEED_EVENTS, UNKEPT_EVENTS } from '#contracts';
import { feedSettings } from './settings.js';

describe('the settings of the feed', () => {
  it('given nothing, keeps a week and lets a thousand listen', () => {
    expect(feedSettings({})).toEqual({ retentionMs: 7 * 24 * 3_600_000, streamsLimit: 1_000 });
  });

  it('given settings, takes them', () => {
    const env = { SUPPING_EVENT_RETENTION_HOURS: '1', SUPPING_STREAMS_LIMIT: '5' };
    expect(feedSettings(env)).toEqual({ retentionMs: 3_600_000, streamsLimit: 5 });
  });

  it.each([
    ['SUPPING_EVENT_RETENTION_HOURS', '0'],
    ['SUPPING_EVENT_RETENTION_HOURS', '87601'],
    ['SUPPING_EVENT_RETENTION_HOURS', '1.5'],
    ['SUPPING_STREAMS_LIMIT', '0'],
    ['SUPPING_STREAMS_LIMIT', 'many'],
  ])('given %s=%s, names the setting', (name, value) => {
    expect(() => feedSettings({ [name]: value })).toThrow(`${name}: "${value}" is not a whole number from 1 to`);
  });
});

it('the feed holds what the merger tells, all of it but what it keeps not, and nothing else', () => {
  const told = Object.entries(eventOwners).filter(([, owner]) => owner === 'merger-worker');
  expect([...FEED_EVENTS, ...UNKEPT_EVENTS].sort()).toEqual(told.map(([name]) => name).sort());
});
