import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { usualPolicy } from '#order-model';
import { policyOf } from './policy.js';

test('without SUPPING_POLICY, the usual policy holds', () => {
  expect(policyOf({})).toEqual(usualPolicy);
});

test('SUPPING_POLICY is the policy itself, or the file that holds it', () => {
  const limits = { supplementsPerOrder: 3 };
  expect(policyOf({ SUPPING_POLICY: JSON.stringify({ limits }) }).limits).toEqual(limits);
  const folder = mkdtempSync(join(tmpdir(), 'policy-'));
  try {
    const file = join(folder, 'policy.json');
    writeFileSync(file, JSON.stringify({ limits }));
    expect(policyOf({ SUPPING_POLICY: file }).limits).toEqual(limits);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['{"limits":{"supplementsPerOrder":-1}}', /^SUPPING_POLICY: \/limits\/supplementsPerOrder must be a whole number/],
  ['{"limit":{}}', /^SUPPING_POLICY: \/limit is not a part of a policy/],
  ['{', /^SUPPING_POLICY: is no JSON/],
  ['/nowhere/policy.json', /^SUPPING_POLICY: the file cannot be read/],
])('SUPPING_POLICY=%s is refused in one line that names the setting', (given, said) => {
  expect(() => policyOf({ SUPPING_POLICY: given })).toThrow(said);
});
