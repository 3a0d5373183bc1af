import type { Operation } from '../load/operation.js';
import type { Evidence, Finding } from './evidence.js';

/** Where an operation's marker turned up in the ledgers: the id or version that carries it. */
function effects({ versions, supplements }: Evidence): Map<string, { order: string; told: string }[]> {
  const found = new Map<string, { order: string; told: string }[]>();
  const add = (marker: string | undefined, order: string, told: string): void => {
    if (marker === undefined) return;
    const known = found.get(marker);
    if (known === undefined) found.set(marker, [{ order, told }]);
    else known.push({ order, told });
  };
  for (const { orderId, version, kind, data } of versions) {
    if (kind === 'order.created') add(data.order?.externalId as string | undefined, orderId, orderId);
    else add(data.note ?? data.reason?.text, orderId, String(version));
  }
  for (const { id, orderId, request } of supplements) add(request.reason?.text, orderId, id);
  return found;
}

function effectFinding(operation: Operation, effects: readonly { order: string; told: string }[]): Finding | undefined {
  const { kind, marker, outcome, told, orderId, askedAt: at, status } = operation;
  const what = `${kind} ${marker}`;
  if (effects.length > 1)
    return { kind: 'duplicated', what: `${what} has ${effects.length} effects: ${effects.map((one) => one.told).join()}`, at };
  const [effect] = effects;
  switch (outcome) {
    case 'accepted':
      if (effect === undefined) return { kind: 'lost', what: `${what} was accepted (${told}) and is not in the ledger`, at };
      if (told !== undefined && effect.told !== told)
        return { kind: 'other', what: `${what} was told ${told}, the ledger has ${effect.told}`, at };
      if (orderId !== undefined && effect.order !== orderId)
        return { kind: 'other', what: `${what} is on order ${effect.order}, not ${orderId}`, at };
      return undefined;
    case 'refused':
      return effect === undefined
        ? undefined
        : { kind: 'other', what: `${what} was refused (${status}) and is in the ledger (${effect.told})`, at };
    case 'unknown':
      return { kind: 'other', what: `${what} got no answer for two minutes`, at };
    default:
      return outcome satisfies never;
  }
}

/** Every 2xx has exactly one effect in the ledger, what it was told; every refusal has none. */
export function effectFindings(evidence: Evidence): Finding[] {
  const found = effects(evidence);
  const markers = new Set(evidence.operations.map(({ marker }) => marker));
  const own = evidence.operations.map((operation) => effectFinding(operation, found.get(operation.marker) ?? []));
  const strange = [...found.keys()].filter((marker) => !markers.has(marker));
  return [
    ...own.filter((finding) => finding !== undefined),
    ...strange.map((marker): Finding => ({ kind: 'other', what: `${marker} is in the ledger and nobody asked for it` })),
  ];
}
