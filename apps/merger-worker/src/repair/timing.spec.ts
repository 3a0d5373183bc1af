import { describe, expect, test } from '@jest/globals';
import { repairTiming } from './timing.js';

describe('the settings of gap repair', () => {
  test('have defaults', () => {
    expect(repairTiming({ SUPPING_GAP_SECONDS: '' })).toMatchObject({ gapMs: 5_000, reconcileMs: 300_000 });
  });

  test('are seconds, and comparing heads can be switched off', () => {
    const env = { SUPPING_GAP_SECONDS: '1', SUPPING_RECONCILE_SECONDS: '0' };
    expect(repairTiming(env)).toMatchObject({ gapMs: 1_000, reconcileMs: 0 });
  });

  test.each([
    ['SUPPING_GAP_SECONDS', '0'],
    ['SUPPING_GAP_SECONDS', '1.5'],
    ['SUPPING_RECONCILE_SECONDS', '-1'],
    ['SUPPING_RECONCILE_SECONDS', '86401'],
  ])('refuse %s=%s by name', (setting, value) => {
    expect(() => repairTiming({ [setting]: value })).toThrow(setting);
  });
});
