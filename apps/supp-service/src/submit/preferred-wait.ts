import type { FastifyReply } from 'fastify';
import type { SupplementView } from '../read/supplement.view.js';
import type { Outcomes } from './outcomes.js';

const LONGEST_WAIT_S = 30;

/** Seconds to wait for the merge (`Prefer: wait=5`, RFC 7240 §4.3), 0 for none. */
export function preferredWait(prefer: string | undefined): number {
  const wait = /(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/.exec(prefer ?? '')?.[1];
  return Math.min(Number(wait ?? 0), LONGEST_WAIT_S);
}

/** The supplement with its outcome, where the caller prefers to wait and it is on its way to be merged. @param seconds of `preferredWait` */
export function awaitOutcome(
  outcomes: Outcomes,
  stored: SupplementView,
  seconds: number,
  reply: FastifyReply,
): SupplementView | Promise<SupplementView> {
  if (seconds > 0) reply.header('preference-applied', `wait=${seconds}`);
  return seconds > 0 && stored.state === 'accepted' ? outcomes.wait(stored, seconds * 1000) : stored;
}
