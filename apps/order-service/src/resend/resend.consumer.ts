import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import type { OrderAmended, OrderCreated, OrderProgressed } from '#contracts';
import type { CloudEvent } from '#messaging';
import { findOrder, versionsOf } from '../read/orders.store.js';
import { versionEvent } from '../version-event.js';

/** Versions `from` to `to` of an order are wanted again; an empty range only asks whether there is such an order. */
export interface OrderResend {
  readonly orderId: string;
  readonly from: number;
  readonly to: number;
}
export interface OrderResent {
  readonly orderId: string;
  readonly found: boolean;
  readonly events: readonly CloudEvent[];
}

export const ORDER_RESEND = 'order.resend';
const MOST = 1_000;

@Controller()
export class ResendConsumer {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** The versions asked for, from the audit (not the outbox): any range ever accepted, at most 1,000 an answer. */
  @MessagePattern(ORDER_RESEND)
  async resend(@Payload() { orderId, from, to }: OrderResend): Promise<OrderResent> {
    const tx = this.database.manager;
    const rows = to < from ? [] : await versionsOf(tx, orderId, from, to, MOST);
    const events = rows.map(({ kind, data }) => {
      switch (kind) {
        case 'order.created':
          return versionEvent(kind, data as unknown as OrderCreated);
        case 'order.amended':
          return versionEvent(kind, data as unknown as OrderAmended);
        case 'order.progressed':
          return versionEvent(kind, data as unknown as OrderProgressed);
        default:
          return kind satisfies never;
      }
    });
    return { orderId, found: events.length > 0 || (await findOrder(tx, orderId)) !== undefined, events };
  }
}
