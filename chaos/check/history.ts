import type { Change, Json, JsonObject } from '#order-model';
import { canonical, put, tokensOf, valueAt } from './document.js';
import type { EffectiveRow, Finding, Seen, SupplementRow } from './evidence.js';
import type { OrderLines } from './order-lines.js';
import { Replay, type ReplayInput, type Step } from './replay.js';

const OUTCOMES: Readonly<Record<Step, readonly string[]>> = {
  revised: ['merged', 'reverted'],
  held: ['held'],
  rejected: ['rejected'],
};

/** What a consumer knows that applies the deltas of the events it saw. */
function apply(document: JsonObject, changes: readonly Change[], find: (what: string) => void): JsonObject {
  let now = document;
  for (const { path, before, after } of changes) {
    const tokens = tokensOf(path);
    if (tokens.length === 0) {
      now = structuredClone((after ?? {}) as JsonObject);
      continue;
    }
    const there = valueAt(now, tokens);
    if (canonical(there ?? null) !== canonical((before as Json | undefined) ?? null)) find(`${path} says that something else stood there`);
    put(now, tokens, after as Json | undefined);
  }
  return now;
}

/**
 * Replays one order from its owners' ledgers in the order that the merger recorded, and holds against it: what became
 * of each supplement, each revision, what a consumer makes of the events, and the effective order as stored.
 * @param revised the `effective-order.revised` events of the order by revision
 */
export function historyFindings(lines: OrderLines, revised: ReadonlyMap<number, Seen>, stored: EffectiveRow | undefined): Finding[] {
  const { orderId, versions, supplements, taken, revisions } = lines;
  const findings: Finding[] = [];
  const find = (what: string): void => void findings.push({ kind: 'other', what: `order ${orderId}: ${what}` });
  const replay = new Replay();
  let consumer: JsonObject = {};
  for (const { line, number } of taken) {
    const row = line === 'version' ? versions[number - 1] : supplements[number - 1];
    if (row === undefined) continue;
    const step = replay.take({ line, row } as ReplayInput);
    if (line === 'supplement') outcomeFinding(row as SupplementRow, step, step === 'revised' ? replay.revision : null, find);
    if (step !== 'revised') continue;
    const revision = revisions[replay.revision - 1];
    const event = revised.get(replay.revision)?.data as { delta: readonly Change[]; state: string } | undefined;
    if (revision === undefined || event === undefined) continue;
    if (canonical(revision.body.delta as unknown as Json) !== canonical(event.delta as unknown as Json))
      find(`revision ${replay.revision} and its event differ`);
    consumer = apply(consumer, event.delta, (what) => find(`revision ${replay.revision}: ${what}`));
    if (canonical(consumer) !== canonical(replay.document)) {
      find(`revision ${replay.revision} is not what a replay gives: ${difference(consumer, replay.document)}`);
      return findings;
    }
    if (revision.body.state !== replay.document.state)
      find(`revision ${replay.revision} says ${revision.body.state}, a replay ${replay.document.state}`);
  }
  if (stored !== undefined && stored.revision === replay.revision && canonical(stored.document) !== canonical(replay.document)) {
    find(`the effective order is not what a replay gives: ${difference(stored.document, replay.document)}`);
  }
  if (stored?.revision !== replay.revision) find(`the effective order is at revision ${stored?.revision}, a replay at ${replay.revision}`);
  return findings;
}

function outcomeFinding(
  { id, sequence, state, revision }: SupplementRow,
  step: Step,
  at: number | null,
  find: (what: string) => void,
): void {
  const said = `supplement ${id} (${sequence})`;
  if (!OUTCOMES[step].includes(state)) find(`${said} is ${state}, a replay says ${step}`);
  else if (revision !== at) find(`${said} says revision ${revision}, a replay ${at}`);
}

/** Where two documents part, in short. */
function difference(a: JsonObject, b: JsonObject): string {
  const [one, other] = [canonical(a), canonical(b)];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const from = Math.max(0, at - 40);
  return `…${one.slice(from, at + 80)}… against …${other.slice(from, at + 80)}…`;
}
