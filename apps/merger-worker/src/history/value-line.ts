import { type Cause, type Change, formatPath, type Json, parsePath, type Revision, valueAt } from '#order-model';

/** What one revision did at a path: to it, by what it set above it, or below it. */
export interface ValueStep {
  readonly revision: number;
  readonly at: string;
  readonly cause: Cause;
  readonly changes: readonly Change[];
}

/** The value at `path` out of one that was set at a path above it. */
function within(value: Json | undefined, above: string, path: string): Json | undefined {
  const below = parsePath(path).slice(parsePath(above).length);
  return value === undefined ? undefined : valueAt(value, formatPath(below));
}

function seenAt(change: Change, path: string): Change[] {
  if (change.path === path || change.path.startsWith(`${path}/`)) return [change];
  if (!path.startsWith(`${change.path}/`)) return [];
  const [before, after] = [within(change.before, change.path, path), within(change.after, change.path, path)];
  if (before === undefined && after === undefined) return [];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** What a revision did at a keyed path; nothing where it did nothing there. */
export function stepAt({ revision, at, cause, delta }: Revision, path: string): ValueStep | undefined {
  const changes = delta.flatMap((change) => seenAt(change, path));
  return changes.length === 0 ? undefined : { revision, at, cause, changes };
}
