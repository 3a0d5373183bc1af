import { ownerOf } from './draft.js';
import { directReliance, ITEMS, itemId, itemParts, objectsIn } from './items.js';
import { own } from './json.js';
import type { MergeInput } from './types.js';

/** The items one input has to be merged with; the store adds those that rely on them. */
export interface NeededItems {
  /** Every item of the order. */
  readonly all: boolean;
  /** Ids of top-level items. */
  readonly ids: readonly string[];
  /** Ids that may name a nested item, when no top-level item has them. */
  readonly anyDepth: readonly string[];
}

/** Which items of the order a merge of this input looks at, so that no other is read. */
export function neededItems(input: MergeInput): NeededItems {
  switch (input.kind) {
    case 'orderCreated':
      return { all: false, ids: [], anyDepth: [] };
    case 'amendment':
      return {
        all: input.cancellation !== undefined,
        ids: unique(input.delta.flatMap(({ path }) => ownerOf(path).itemId ?? [])),
        anyDepth: [],
      };
    case 'progress': {
      const ids = unique(input.items.map(({ id }) => id));
      return { all: false, ids, anyDepth: ids };
    }
    case 'supplement': {
      const items = objectsIn(own(input.changes, ITEMS));
      const named = items.flatMap((item) => itemId(item) ?? []);
      const targets = unique(items.flatMap((item) => itemParts(item).flatMap(({ doc }) => directReliance(doc))));
      return { all: own(input.changes, 'intent') === 'cancel', ids: unique([...named, ...targets]), anyDepth: targets };
    }
    default:
      return input satisfies never;
  }
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];
