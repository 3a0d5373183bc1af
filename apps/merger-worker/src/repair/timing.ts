import { setTimeout as after } from 'node:timers/promises';
import { SettingError } from '#platform';

/** How long a gap may be there, how often heads are compared, and the clock. Milliseconds. */
export interface RepairTiming {
  /** A gap this old is asked for; so long a difference of heads may be what is just under way. */
  readonly gapMs: number;
  /** Between two comparisons of heads; 0: they are not compared. */
  readonly reconcileMs: number;
  now(): Date;
  /** Ends early, without an error, once the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** Under which Nest gives it. */
export const REPAIR_TIMING = Symbol('RepairTiming');

const DAY_S = 86_400;

function seconds(env: NodeJS.ProcessEnv, setting: string, fallback: number, least: number): number {
  const raw = env[setting];
  if (raw === undefined || raw === '') return fallback;
  const value = /^\d{1,5}$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= least && value <= DAY_S) return value;
  throw new SettingError(setting, `${JSON.stringify(raw)} is not a whole number from ${least} to ${DAY_S}`);
}

/** @throws SettingError naming SUPPING_GAP_SECONDS or SUPPING_RECONCILE_SECONDS */
export function repairTiming(env: NodeJS.ProcessEnv): RepairTiming {
  return {
    gapMs: 1_000 * seconds(env, 'SUPPING_GAP_SECONDS', 5, 1),
    reconcileMs: 1_000 * seconds(env, 'SUPPING_RECONCILE_SECONDS', 300, 0),
    now: () => new Date(),
    pause: (ms, signal) => after(ms, undefined, { signal }).catch(() => undefined),
  };
}
