import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { JsonText, NoReplyError, RabbitMqClient, RequestFailedError } from '#messaging';
import type { Revision } from '#order-model';
import { keyReused, notFound, recallKeys, unavailable } from '#platform';
import { type SupplementView, viewOf } from '../read/supplement.view.js';
import { findSupplement } from '../read/supplements.store.js';
import { problemOfRefusal, refusedFor } from '../refusal.js';
import { SCHEMA } from '../schema.js';
import { findByIds } from '../submit/ledger.store.js';
import { SupplementsService, scopeOf } from '../submit/supplements.service.js';
import { obstacleToRevert, type RevertGiven, requestToRevert } from './revert.js';

/** The command: take a merged supplement back by a new one. */
export interface RevertSupplement extends RevertGiven {
  /** Of the merged supplement. */
  readonly reverts: string;
  /** Of the new one. */
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly hash: string;
}

const ASK_TIMEOUT_MS = 2_000;

@Injectable()
export class RevertService {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(RabbitMqClient) private readonly client: RabbitMqClient,
    @Inject(SupplementsService) private readonly supplements: SupplementsService,
  ) {}

  /**
   * Submits the supplement that takes another back, as at the door; a retry is given what it made the first time.
   * @throws ProblemError 404, 409 not merged, 422 cannot be said or refused at the door, 503 the merger does not answer
   */
  async revert(command: RevertSupplement, idempotencyKey: string | undefined): Promise<SupplementView> {
    const { reverts, id, by, at, hash, ...given } = command;
    const original = await findSupplement(this.database.manager, reverts);
    if (original === undefined) throw notFound(`there is no supplement ${reverts}`);
    const { orderId } = original;
    // First, for by now the supplement may be reverted: by the very request that is sent again.
    const earlier = await this.earlier(orderId, id, hash, idempotencyKey);
    if (earlier !== undefined) return earlier;
    const obstacle = obstacleToRevert(original);
    if (obstacle !== undefined) throw problemOfRefusal(obstacle);
    const { request, problems } = requestToRevert(original, await this.revisionOf(orderId, original.revision ?? 0), given);
    if (problems.length > 0) throw refusedFor(problems);
    const text = JsonText.of(request);
    return viewOf(await this.supplements.submit({ id, orderId, by, at, request, text, hash, reverts }, idempotencyKey));
  }

  private async earlier(orderId: string, id: string, hash: string, key: string | undefined): Promise<SupplementView | undefined> {
    const stored = await this.database.transaction(async (tx) => {
      const wanted = key === undefined ? [] : [{ scope: scopeOf(orderId), key }];
      const memory = (await recallKeys(tx, SCHEMA, wanted))[0];
      if (memory !== undefined && memory.hash !== hash) throw keyReused('this Idempotency-Key');
      const byId = (await findByIds(tx, [id])).get(id);
      if (byId !== undefined && byId.hash !== hash) throw keyReused(`the id ${id}`);
      const found = memory?.answer ?? byId?.id;
      return found === undefined ? undefined : findSupplement(tx, found);
    });
    return stored === undefined ? undefined : viewOf(stored);
  }

  /** A merged supplement's revision, from the one who keeps it. */
  private async revisionOf(orderId: string, revision: number): Promise<Revision> {
    try {
      const found = await this.client.request<Revision | null>('effective-order.revision', { orderId, revision }, ASK_TIMEOUT_MS);
      if (found !== null) return found;
    } catch (error) {
      if (!(error instanceof NoReplyError || error instanceof RequestFailedError)) throw error;
    }
    throw unavailable(`the merger does not say now what revision ${revision} changed; try again, with the same Idempotency-Key or id`);
  }
}
