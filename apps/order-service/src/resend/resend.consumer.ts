import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import {
  type HeadsRequest,
  ORDER_HEADS,
  ORDER_RESEND,
  type OrderAmended,
  type OrderCreated,
  type OrderProgressed,
  type OwnerHeads,
  pageOfHeads,
  type ResendRequest,
  type Resent,
  readHeadsPlace,
} from '#contracts';
import type { CloudEvent } from '#messaging';
import { versionEvent } from '../version-event.js';
import { clock, headOf, headsAfter, type KeptVersion, versionsToResend } from './resend.store.js';

function eventOf({ kind, data }: KeptVersion): CloudEvent {
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
}

@Controller()
export class ResendConsumer {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** The versions asked for, from the audit (not the outbox): any range ever accepted, at most 1,000 an answer. */
  @MessagePattern(ORDER_RESEND)
  async resend(@Payload() { orderId, from, to }: ResendRequest): Promise<Resent<CloudEvent>> {
    const tx = this.database.manager;
    const rows = to < from ? [] : await versionsToResend(tx, orderId, from, to);
    const head = await headOf(tx, orderId);
    return { orderId, found: head !== undefined, head: head ?? 0, events: rows.map(eventOf) };
  }

  /** Last versions of orders, the longest unchanged first. */
  @MessagePattern(ORDER_HEADS)
  async heads(@Payload() request: HeadsRequest): Promise<OwnerHeads> {
    const tx = this.database.manager;
    const at = await clock(tx);
    return pageOfHeads(request, at, (limit) => headsAfter(tx, readHeadsPlace(request), limit));
  }
}
