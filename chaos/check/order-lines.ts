import type { Evidence, Finding, InputRow, RevisionRow, SupplementRow, VersionRow } from './evidence.js';

/** All that there is of one order, each line in its own order. */
export interface OrderLines {
  readonly orderId: string;
  readonly versions: readonly VersionRow[];
  /** Those with a place in the line. */
  readonly supplements: readonly SupplementRow[];
  /** As the merger took them. */
  readonly taken: readonly InputRow[];
  readonly revisions: readonly RevisionRow[];
}

function grouped<T extends { readonly orderId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.orderId);
    if (group === undefined) groups.set(row.orderId, [row]);
    else group.push(row);
  }
  return groups;
}

const by =
  <T>(number: (row: T) => number) =>
  (a: T, b: T): number =>
    number(a) - number(b);

/** Every order that anyone knows, sorted. */
export function orderLines(evidence: Evidence): OrderLines[] {
  const versions = grouped(evidence.versions);
  const supplements = grouped(evidence.supplements.filter(({ sequence }) => sequence !== null));
  const inputs = grouped(evidence.inputs.filter(({ ordinal }) => ordinal !== null));
  const revisions = grouped(evidence.revisions);
  const orders = new Set([...versions.keys(), ...supplements.keys(), ...inputs.keys(), ...revisions.keys()]);
  return [...orders].sort().map((orderId) => ({
    orderId,
    versions: (versions.get(orderId) ?? []).sort(by((row) => row.version)),
    supplements: (supplements.get(orderId) ?? []).sort(by((row) => row.sequence ?? 0)),
    taken: (inputs.get(orderId) ?? []).sort(by((row) => row.ordinal ?? 0)),
    revisions: (revisions.get(orderId) ?? []).sort(by((row) => row.revision)),
  }));
}

/** 1, 2, 3 … without gaps or doubles. */
function gapless(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => number === at + 1);
}

/**
 * Lines without gaps, each input taken once and in its line's order, revisions without gaps in the order of what was
 * taken and never before the one they follow.
 */
export function lineFindings({ orderId, versions, supplements, taken, revisions }: OrderLines): Finding[] {
  const findings: Finding[] = [];
  const find = (kind: Finding['kind'], what: string): void => void findings.push({ kind, what: `order ${orderId}: ${what}` });
  const numbers = (line: InputRow['line']): number[] => taken.filter((row) => row.line === line).map(({ number }) => number);
  const lines = [
    { name: 'version', owned: versions.map(({ version }) => version), merged: numbers('version') },
    { name: 'supplement', owned: supplements.map(({ sequence }) => sequence ?? 0), merged: numbers('supplement') },
  ];
  for (const { name, owned, merged } of lines) {
    if (!gapless(owned)) find('other', `${name}s are numbered ${owned.join()}`);
    const [known, taken] = [new Set(owned), new Set(merged)];
    for (const number of owned) if (!taken.has(number)) find('lost', `${name} ${number} was never merged`);
    if (taken.size < merged.length) find('duplicated', `${name}s were merged as ${merged.join()}`);
    else if (merged.some((number, at) => number < (merged[at - 1] ?? 0))) find('reordered', `${name}s were merged as ${merged.join()}`);
    for (const number of merged) if (!known.has(number)) find('other', `${name} ${number} was merged, and its owner has none`);
  }
  if (!gapless(taken.map(({ ordinal }) => ordinal ?? 0))) find('other', 'the merger has not recorded every input it took');
  if (!gapless(revisions.map(({ revision }) => revision)))
    find('other', `revisions are numbered ${revisions.map(({ revision }) => revision).join()}`);
  const placeOf = new Map(taken.map(({ line, number }, place) => [`${line} ${number}`, place]));
  const places = revisions.map(({ body: { cause } }) => {
    const line = cause.kind === 'supplement' ? 'supplement' : 'version';
    return placeOf.get(`${line} ${cause.sequence ?? cause.version}`) ?? -1;
  });
  if (new Set(places).size < places.length) find('duplicated', 'two revisions have the same cause');
  else if (places.some((place, at) => place < (places[at - 1] ?? 0))) find('reordered', 'revisions are not in the order of what was taken');
  const late = revisions.find(({ at }, index) => at < (revisions[index - 1]?.at ?? ''));
  if (late !== undefined) find('reordered', `revision ${late.revision} is dated before the one it follows`);
  return findings;
}
