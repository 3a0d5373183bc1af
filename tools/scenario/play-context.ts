import { randomUUID } from 'node:crypto';
import type { JsonObject } from '#order-model';
import type { StepOutcome } from './expectation.js';
import type { StepKind } from './scenario.js';
import { type Answer, problemsOf, type Services } from './services.js';
import type { Patience } from './waiting.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** One play of one scenario: the order it made, and what its steps need of each other. */
export interface Play {
  readonly services: Services;
  readonly patience: Patience;
  readonly orderId: string;
  /** Supplement ids as the scenario gives them → those of this play, so that it can be played again and still retry. */
  readonly ids: Map<string, string>;
  /** What steps call the supplements that were stored → their ids. */
  readonly supplements: Map<string, string>;
}

/** A supplement's body with an id of this play in the place of the scenario's, where it gives one. */
export function withFreshId(play: Play, body: JsonObject): JsonObject {
  const { id } = body;
  if (typeof id !== 'string' || !UUID.test(id)) return body;
  const fresh = play.ids.get(id.toLowerCase()) ?? randomUUID();
  play.ids.set(id.toLowerCase(), fresh);
  return { ...body, id: fresh };
}

export const accepted = ({ status }: Answer): boolean => status >= 200 && status < 300;

export function refusedAtDoor(kind: StepKind, { status, body }: Answer, state = 'rejected'): StepOutcome {
  return { kind, state, refusedAt: 'door', problems: problemsOf(body, status) };
}
