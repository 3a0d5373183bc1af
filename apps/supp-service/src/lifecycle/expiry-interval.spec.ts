import { expect, test } from '@jest/globals';
import { SettingError } from '#platform';
import { expiryInterval } from './expiry.service.js';

const given = (raw?: string): number => expiryInterval(raw === undefined ? {} : { SUPPING_EXPIRY_INTERVAL_MS: raw });

test('the time between two looks at what is due is what the environment says, else five seconds', () => {
  expect([given('50'), given('86400000'), given(), given('')]).toEqual([50, 86_400_000, 5_000, 5_000]);
});

test('a time that is none, or that would keep the database busy, is refused by its name', () => {
  for (const raw of ['49', '86400001', '1e3', '-5', 'soon']) {
    expect(() => given(raw)).toThrow(SettingError);
    expect(() => given(raw)).toThrow(/SUPPING_EXPIRY_INTERVAL_MS/);
  }
});
