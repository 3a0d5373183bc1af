import { containedItems, type EffectiveOrder, type Json, type JsonObject, reliedOn } from '#order-model';
import { type Difference, differenceOf } from './difference.js';

/** All that is stored of an order beside its inputs and revisions, part by part. */
export interface Parts {
  readonly head: JsonObject;
  readonly attributes: JsonObject | undefined;
  /** By item id. */
  readonly items: ReadonlyMap<string, JsonObject>;
}

/** What the head says beside the order itself. */
export interface AboutHead {
  readonly waiting: number;
  readonly updatedAt: string | undefined;
}

/** The parts that an order comes to. */
export function partsOf(order: EffectiveOrder, { waiting, updatedAt }: AboutHead): Parts {
  const { revision, version, sequence, state, counts, totals, sequenceAtConfirmation, attributes, provenance } = order;
  const head = { revision, version, sequence, state, counts, totals, waiting };
  return {
    head: {
      ...(head as unknown as JsonObject),
      sequenceAtConfirmation: sequenceAtConfirmation ?? null,
      updatedAt: updatedAt ?? null,
    },
    attributes: revision === 0 ? undefined : { doc: attributes, provenance: provenance as JsonObject },
    items: new Map(
      [...order.items.values()].map((item): [string, JsonObject] => [
        item.id,
        {
          position: item.position,
          doc: item.doc,
          provenance: item.provenance as JsonObject,
          nestedIds: containedItems(item.doc),
          reliesOn: reliedOn(item.doc).sort() as Json[],
        },
      ]),
    ),
  };
}

/** Every part that is stored otherwise than replayed: the head, the attributes, then the items. */
export function differences(stored: Parts, replayed: Parts): Difference[] {
  const ids = new Set([...replayed.items.keys(), ...stored.items.keys()]);
  return [
    differenceOf('head', undefined, stored.head, replayed.head),
    differenceOf('attributes', undefined, stored.attributes, replayed.attributes),
    ...[...ids].map((id) => differenceOf('item', id, stored.items.get(id), replayed.items.get(id))),
  ].filter((difference) => difference !== undefined);
}
