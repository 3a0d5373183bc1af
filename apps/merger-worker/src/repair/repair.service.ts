import { Inject, Injectable } from '@nestjs/common';
import { faultOfEvent, ORDER_RESEND, type ResendRequest, type Resent, SUPPLEMENT_RESEND } from '#contracts';
import { type CloudEvent, RabbitMqClient } from '#messaging';
import type { Line } from '../merge/input-line.js';
import { MergeService } from '../merge/merge.service.js';
import type { Range } from './missing.js';

/** Who has each line, and the request by which they send of it again. */
export const OWNERS: Readonly<Record<Line, { readonly name: string; readonly resend: string }>> = {
  version: { name: 'order-service', resend: ORDER_RESEND },
  supplement: { name: 'supp-service', resend: SUPPLEMENT_RESEND },
};

const ASK_TIMEOUT_MS = 5_000;
/** As many as the consumer takes in one transaction. */
const BATCH = 200;

/** The owner answered, but not with what it was asked for. */
export class NotResentError extends Error {
  override readonly name = 'NotResentError';
}

/** @throws NotResentError unless the events are the order's, one after the other from the number wanted on, and valid */
function check(answer: Resent<CloudEvent>, { orderId, from }: ResendRequest, owner: string): readonly CloudEvent[] {
  const { events, found, head } = answer;
  const wrong = events.find(({ subject, sequence }, n) => subject !== orderId || sequence !== from + n);
  if (events.length === 0 || wrong !== undefined) {
    throw new NotResentError(`${owner} ${found ? `is at ${head} and` : 'does not know the order and'} did not send ${from}`);
  }
  const fault = events.map(faultOfEvent).find((one) => one !== undefined);
  if (fault !== undefined) throw new NotResentError(`${owner} sent what it should not: ${fault}`);
  return events;
}

/** Gets what is missing of an order from its owner, and merges it like any arrival. */
@Injectable()
export class RepairService {
  constructor(
    @Inject(RabbitMqClient) private readonly client: RabbitMqClient,
    @Inject(MergeService) private readonly merger: MergeService,
  ) {}

  /**
   * Merges exactly this range; what has arrived meanwhile is merged once all the same.
   * @throws NoReplyError while the owner is away; NotResentError; what the merge throws
   */
  async repair(orderId: string, { line, from, to }: Range): Promise<void> {
    const { name, resend } = OWNERS[line];
    for (let next = from; next <= to; ) {
      const request: ResendRequest = { orderId, from: next, to };
      const events = check(await this.client.request<Resent<CloudEvent>>(resend, request, ASK_TIMEOUT_MS), request, name);
      for (let at = 0; at < events.length; at += BATCH) await this.merger.merge(events.slice(at, at + BATCH));
      next += events.length;
    }
  }
}
