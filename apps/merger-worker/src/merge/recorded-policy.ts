import { createHash } from 'node:crypto';
import { canonical, type Json, type PointOfNoReturn, type Policy } from '#order-model';

/** What of a deployment's policy the merge depends on, under a name made of what it says. */
export interface RecordedPolicy {
  /** The first 16 hexadecimal digits of a SHA-256: a deployment has a handful of policies in all its life. */
  readonly hash: string;
  readonly pointOfNoReturn: PointOfNoReturn;
}

/** The policy as it is recorded beside each input, so that a replay under another policy gives the same revisions. */
export function recordedPolicy({ pointOfNoReturn }: Policy): RecordedPolicy {
  const text = JSON.stringify(canonical(pointOfNoReturn as unknown as Json));
  return { hash: createHash('sha256').update(text).digest('hex').slice(0, 16), pointOfNoReturn };
}
