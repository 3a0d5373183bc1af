import { readInteger } from '#platform';

/** How long events are kept and how many may listen. */
export interface FeedSettings {
  readonly retentionMs: number;
  /** Streams and waiting requests open at once, of one replica. */
  readonly streamsLimit: number;
}

/** Under which Nest gives it. */
export const FEED_SETTINGS = Symbol('FeedSettings');

const HOUR_MS = 3_600_000;

/** @throws SettingError naming SUPPING_EVENT_RETENTION_HOURS or SUPPING_STREAMS_LIMIT */
export function feedSettings(env: NodeJS.ProcessEnv): FeedSettings {
  return {
    retentionMs: HOUR_MS * readInteger(env, 'SUPPING_EVENT_RETENTION_HOURS', 168, 1, 87_600),
    streamsLimit: readInteger(env, 'SUPPING_STREAMS_LIMIT', 1_000, 1, 100_000),
  };
}
