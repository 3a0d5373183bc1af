import type { JsonObject } from '#order-model';

export type OperationKind = 'order' | 'supplement' | 'amendment' | 'progress';

/** One request of the load with what came of it, for the checker. */
export interface Operation {
  readonly kind: OperationKind;
  /** Stands in what was asked for, so that its effect is known wherever it turns up. */
  readonly marker: string;
  /** Of the order it is about; an order's own once it is accepted. */
  orderId: string | undefined;
  /** `unknown` while no answer has said what became of it. */
  outcome: 'accepted' | 'refused' | 'unknown';
  /** What an accepted one was told: the id of an order or supplement, the version of the others. */
  told?: string;
  /** Status of the last answer, 0 for none. */
  status: number;
  readonly askedAt: number;
  answeredAt?: number;
  attempts: number;
}

/** A request before it is sent. */
export interface Ask {
  readonly service: 'order-service' | 'supp-service' | 'merger-worker';
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: JsonObject | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, or that there was none. */
export interface Answer {
  /** 0: the connection was lost, or the answer did not come in time. */
  readonly status: number;
  readonly body: JsonObject;
  readonly etag: string | undefined;
}

/** Whether an answer leaves open what became of the request. */
export const leavesOpen = ({ status }: Answer): boolean => status === 0 || status >= 500;
