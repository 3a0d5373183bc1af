import { diffDocuments, type Json, type JsonObject } from '#order-model';

/** One place where what is stored is not what the recorded inputs give. */
export interface Difference {
  readonly part: 'input' | 'revision' | 'head' | 'attributes' | 'item' | 'checkpoint';
  /** Id of the item, number of the revision or the checkpoint's, place of the input. */
  readonly id?: string;
  /** Keyed path in that part; absent where all of it is missing, or should not be there. */
  readonly path?: string;
  readonly stored?: Json;
  readonly replayed?: Json;
}

/** One text for one value: members sorted, everything else as it is, so that equal texts are equal bytes. */
export function exactText(value: Json): string {
  return JSON.stringify(value, (_name, inner: Json) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** How a part as stored differs from the same part replayed; nothing where they are the same to the byte. */
export function differenceOf(
  part: Difference['part'],
  id: string | undefined,
  stored: JsonObject | undefined,
  replayed: JsonObject | undefined,
): Difference | undefined {
  const named = { part, ...(id === undefined ? {} : { id }) };
  if (stored === undefined || replayed === undefined) {
    if (stored === replayed) return undefined;
    return { ...named, ...(stored === undefined ? {} : { stored }), ...(replayed === undefined ? {} : { replayed }) };
  }
  if (exactText(stored) === exactText(replayed)) return undefined;
  // What differs in nothing but the order of a keyed collection has no change that says so.
  const { path = '', before, after } = diffDocuments(stored, replayed)[0] ?? {};
  return { ...named, path, ...(before === undefined ? {} : { stored: before }), ...(after === undefined ? {} : { replayed: after }) };
}
