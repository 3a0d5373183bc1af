import { eventName, type OrderAmended, type OrderCreated, type OrderProgressed, type SupplementAccepted } from '#contracts';
import type { CloudEvent } from '#messaging';
import type { AmendmentInput, ProgressInput, SupplementInput } from '#order-model';
import type { Arrival } from './input-line.js';

function amendment(data: OrderAmended): AmendmentInput {
  const { orderId: _order, at: _at, ...said } = data;
  return { kind: 'amendment', ...said };
}

function progress({ id, version, by, items, note }: OrderProgressed): ProgressInput {
  return { kind: 'progress', id, version, by, items, ...(note === undefined ? {} : { reason: { text: note } }) };
}

/** The input that a supplement is, or would be: what of it the merge looks at. */
export function supplementInput(data: Omit<SupplementInput, 'kind'>): SupplementInput {
  const { id, sequence, by, changes, reason, basedOnRevision, onConflict } = data;
  return {
    kind: 'supplement',
    id,
    sequence,
    by,
    changes,
    ...(reason === undefined ? {} : { reason }),
    ...(basedOnRevision === undefined ? {} : { basedOnRevision }),
    ...(onConflict === undefined ? {} : { onConflict }),
  };
}

/** The merge input that an owner's event stands for; `undefined` for an event that is none. */
export function arrivalOf(event: CloudEvent): Arrival | undefined {
  const name = eventName(event.type);
  const orderId = event.subject;
  switch (name) {
    case 'order.created': {
      const { by, order } = event.data as OrderCreated;
      return { orderId, input: { kind: 'orderCreated', id: orderId, version: 1, by, order } };
    }
    case 'order.amended':
      return { orderId, input: amendment(event.data as OrderAmended) };
    case 'order.progressed':
      return { orderId, input: progress(event.data as OrderProgressed) };
    case 'supplement.accepted':
      return { orderId, input: supplementInput(event.data as SupplementAccepted) };
    case 'supplement.submitted':
    case 'supplement.declined':
    case 'supplement.expired':
    case 'supplement.withdrawn':
    case 'effective-order.revised':
    case 'effective-order.acknowledged':
    case 'supplement.merged':
    case 'supplement.held':
    case 'supplement.rejected':
    case 'merge.settled':
    case undefined:
      return undefined;
    default:
      return name satisfies never;
  }
}
