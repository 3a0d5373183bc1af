import type { Finding, FindingKind } from './check/evidence.js';
import type { Made, Outcome } from './run.js';

/** `chaos/results.json`. */
export interface Results {
  readonly seed: number;
  readonly faults: readonly { readonly name: string; readonly count: number }[];
  readonly accepted: number;
  readonly merged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly unexpectedDeadLetters: number;
  readonly maxRecoverySeconds: number | null;
}

const SHOWN = 12;

export function resultsOf({ seed, made, findings, accepted, merged }: Outcome): Results {
  const count = (kind: FindingKind): number => findings.filter((finding) => finding.kind === kind).length;
  const counts = new Map<string, number>();
  for (const { name } of made) counts.set(name, (counts.get(name) ?? 0) + 1);
  const recoveries = made.map(({ recovery }) => recovery);
  return {
    seed,
    faults: [...counts].map(([name, times]) => ({ name, count: times })),
    accepted,
    merged,
    lost: count('lost'),
    duplicated: count('duplicated'),
    reordered: count('reordered'),
    unexpectedDeadLetters: count('deadLetter'),
    maxRecoverySeconds: recoveries.some((one) => one === undefined) ? null : Math.max(0, ...recoveries.map((one) => one ?? 0)),
  };
}

/** The fault under way when something was asked for that went wrong. */
function duringWhat({ at }: Finding, made: readonly Made[]): string {
  if (at === undefined) return '';
  const fault = made.findLast(({ from }) => from <= at);
  return fault === undefined ? ' (before any fault)' : ` (asked ${at <= fault.to ? 'during' : 'after'}: ${fault.name})`;
}

/** The table at the end. */
export function table(outcome: Outcome): string {
  const { made, findings, refused, revisions, events, rest, mostMemory } = outcome;
  const results = resultsOf(outcome);
  const names = [...new Set(made.map(({ name }) => name))].sort();
  const faultLines = names.map((name) => {
    const mine = made.filter((one) => one.name === name);
    const slowest = mine.some(({ recovery }) => recovery === undefined)
      ? 'never'
      : `${Math.max(...mine.map(({ recovery }) => recovery ?? 0)).toFixed(1)} s`;
    return `  ${name.padEnd(42)} ${String(mine.length).padStart(5)}   ${slowest.padStart(8)}`;
  });
  const kinds: readonly [FindingKind, string][] = [
    ['lost', 'Lost'],
    ['duplicated', 'Duplicated'],
    ['reordered', 'Reordered'],
    ['deadLetter', 'Unexpected dead letters'],
    ['other', 'Not as promised'],
  ];
  const findingLines = kinds.flatMap(([kind, title]) => {
    const mine = findings.filter((finding) => finding.kind === kind);
    if (mine.length === 0) return [];
    const shown = mine.slice(0, SHOWN).map((finding) => `  ${finding.what}${duringWhat(finding, made)}`);
    return ['', `${title} (${mine.length})`, ...shown, ...(mine.length > SHOWN ? [`  … and ${mine.length - SHOWN} more`] : [])];
  });
  return [
    '',
    `  ${'fault'.padEnd(42)} times   recovery`,
    ...faultLines,
    '',
    `  seed ${results.seed}: ${made.length} faults of ${names.length} kinds`,
    `  ${results.accepted} requests accepted, ${refused} refused; ${results.merged} inputs merged in ${revisions} revisions, ${events} events`,
    `  lost ${results.lost}, duplicated ${results.duplicated}, reordered ${results.reordered}, unexpected dead letters ${results.unexpectedDeadLetters}`,
    `  slowest recovery ${results.maxRecoverySeconds?.toFixed(1) ?? 'never'} s, at rest after ${rest?.toFixed(1) ?? 'never'} s, most memory of a service ${mostMemory} MiB`,
    ...findingLines,
    '',
  ].join('\n');
}
