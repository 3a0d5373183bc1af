import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type HeadsRequest,
  type OwnerHeads,
  pageOfHeads,
  type ResendRequest,
  type Resent,
  readHeadsPlace,
  SUPPLEMENT_HEADS,
  SUPPLEMENT_RESEND,
} from '#contracts';
import type { CloudEvent } from '#messaging';
import { findSupplements } from '../read/supplements.store.js';
import { clock, entriesToResend, headOf, headsAfter } from './resend.store.js';
import { resentEvent } from './resent-event.js';

async function eventsOf(tx: EntityManager, { orderId, from, to }: ResendRequest): Promise<CloudEvent[]> {
  if (to < from) return [];
  const entries = await entriesToResend(tx, orderId, from, to);
  const supplements = await findSupplements(tx, [...new Set(entries.map(({ supplementId }) => supplementId))]);
  return entries.flatMap(({ supplementId, superseded }) => {
    const supplement = supplements.get(supplementId);
    return supplement === undefined ? [] : [resentEvent(supplement, superseded ?? undefined)];
  });
}

@Controller()
export class ResendConsumer {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** The entries asked for, from the ledger (not the outbox): any range ever accepted, at most 1,000 an answer. */
  @MessagePattern(SUPPLEMENT_RESEND)
  resend(@Payload() request: ResendRequest): Promise<Resent<CloudEvent>> {
    // One snapshot: a supplement that enters the line again meanwhile is found once, under the one number or the other.
    return this.database.transaction('REPEATABLE READ', async (tx) => {
      const events = await eventsOf(tx, request);
      const head = await headOf(tx, request.orderId);
      return { orderId: request.orderId, found: head !== undefined, head: head ?? 0, events };
    });
  }

  /** Last sequences of orders, the longest unchanged first; orders without a supplement in their line have none. */
  @MessagePattern(SUPPLEMENT_HEADS)
  async heads(@Payload() request: HeadsRequest): Promise<OwnerHeads> {
    const tx = this.database.manager;
    const at = await clock(tx);
    return pageOfHeads(request, at, (limit) => headsAfter(tx, readHeadsPlace(request), limit));
  }
}
