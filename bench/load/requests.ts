import type { JsonObject } from '#order-model';
import type { Operation, OperationKind } from '../../chaos/load/operation.js';
import type { Answer } from './http-connection.js';
import { httpRequest } from './http-connection.js';
import type { Work } from './load.js';

/** Where a deployment takes orders. */
export const ORDERS_PATH = '/tmf-api/productOrderingManagement/v4/productOrder';

/** An order with so many items of one characteristic each. */
export function orderBody(marker: string, items: number): JsonObject {
  return {
    externalId: marker,
    description: 'as ordered',
    productOrderItem: Array.from({ length: items }, (_, n) => ({
      id: String(n + 1),
      action: 'add',
      productOffering: { id: 'DIA-1G' },
      product: { productCharacteristic: [{ name: 'bandwidth', value: '100M' }] },
    })),
  };
}

/** Sets one of twenty characteristics of one item. Text from the start: what the load takes, everybody who is measured beside it does without. */
function supplementBody(marker: string, item: number, setting: number): string {
  const product = `{"productCharacteristic":[{"name":"setting-${setting}","value":"${marker}"}]}`;
  const changes = `{"productOrderItem":[{"id":"${item}","intent":"amend","product":${product}}]}`;
  return `{"category":"technicalDetail","reason":{"text":"${marker}"},"changes":${changes}}`;
}

/** Every request of a row, kept with what came of it, as the checker wants to see them. */
export class Ledger {
  readonly operations: Operation[] = [];
  accepted = 0;
  /** Answers that were no 201, by status. */
  readonly refused = new Map<number, number>();

  order(items: number, taken?: (orderId: string) => void): Work {
    const operation = this.begin('order', undefined);
    const request = httpRequest('POST', ORDERS_PATH, JSON.stringify(orderBody(operation.marker, items)));
    return {
      request,
      answered: (answer) => {
        const id = this.end(operation, answer);
        if (id === undefined) return;
        operation.orderId = id;
        taken?.(id);
      },
    };
  }

  /** @param items of the order, of which one after the other is changed */
  supplement(orderId: string, items: number, taken?: (supplementId: string, at: number) => void): Work {
    const operation = this.begin('supplement', orderId);
    const number = this.operations.length;
    const body = supplementBody(operation.marker, 1 + (number % items), number % 20);
    return {
      request: httpRequest('POST', `/orders/${orderId}/supplements`, body),
      answered: (answer, at) => {
        const id = this.end(operation, answer);
        if (id !== undefined) taken?.(id, at);
      },
    };
  }

  private begin(kind: OperationKind, orderId: string | undefined): Operation {
    const marker = `op-${this.operations.length + 1}`;
    const operation: Operation = { kind, marker, orderId, outcome: 'unknown', status: 0, askedAt: Date.now(), attempts: 1 };
    this.operations.push(operation);
    return operation;
  }

  /** @returns the id that an accepted one was told */
  private end(operation: Operation, { status, body }: Answer): string | undefined {
    operation.status = status;
    operation.outcome = status === 201 ? 'accepted' : 'refused';
    if (status !== 201) {
      this.refused.set(status, (this.refused.get(status) ?? 0) + 1);
      return undefined;
    }
    this.accepted += 1;
    operation.told = idIn(body);
    return operation.told;
  }
}

const ID = /"id":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"/;

/** The id of the whole answer: the only UUID under that name in what these requests are answered. */
function idIn(body: Buffer): string {
  const id = ID.exec(body.toString('latin1'))?.[1];
  if (id === undefined) throw new Error(`an answer without an id: ${body.toString()}`);
  return id;
}
