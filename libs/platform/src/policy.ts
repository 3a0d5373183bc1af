import { readFileSync } from 'node:fs';
import { checkPolicy, type Json, type JsonObject, type Policy, readPolicy, usualPolicy } from '#order-model';
import { SettingError } from './setting-error.js';

const SETTING = 'SUPPING_POLICY';

/** Under which Nest gives the deployment's `Policy`. */
export const POLICY = Symbol('Policy');

/**
 * The deployment's policy: the JSON that SUPPING_POLICY is, or the file that it names; the usual one without it.
 * @throws SettingError that names the first part of it that cannot be used
 */
export function policyOf(env: NodeJS.ProcessEnv): Policy {
  const raw = env[SETTING]?.trim();
  if (raw === undefined || raw === '') return usualPolicy;
  const given = parse(raw.startsWith('{') ? raw : read(raw));
  const fault = checkPolicy(given)[0];
  if (fault !== undefined) throw new SettingError(SETTING, fault.detail);
  return readPolicy(given as JsonObject);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SettingError(SETTING, `the file cannot be read (${(error as Error).message})`);
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new SettingError(SETTING, `is no JSON (${(error as Error).message})`);
  }
}
