import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SupplementRequest } from '#contracts';
import { type Changeability, changeability, type Policy, reasonProblems } from '#order-model';
import { POLICY } from '#platform';
import { instantOfMerge } from '../merge/heads.store.js';
import { supplementInput } from '../merge/inputs.js';
import { mergeLine } from '../merge/merge-line.js';
import { loadSlices, loadWhole } from '../merge/slices.store.js';
import { inSnapshot, mergedHead } from '../read/snapshot.store.js';
import { limitsReached } from './order-facts.js';
import { type PreviewView, previewOf } from './preview.js';

export interface PreviewSupplement extends SupplementRequest {
  readonly id: string;
  readonly orderId: string;
  readonly by: string;
}

/** What could be done to an order now. Nothing here is stored. */
@Injectable()
export class PreviewService {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(POLICY) private readonly policy: Policy,
  ) {}

  /**
   * Loads and merges a supplement as the merger would now, as the next of the order's line; what waits in the gap
   * buffer, or is on its way, is not looked at. @throws ProblemError 404
   */
  preview(supplement: PreviewSupplement): Promise<PreviewView> {
    const { orderId, reason } = supplement;
    return inSnapshot(this.database, async (tx) => {
      const head = await mergedHead(tx, orderId);
      const input = supplementInput({ ...supplement, sequence: head.sequence + 1 });
      const order = (await loadSlices(tx, [{ head, inputs: [input] }])).get(orderId) ?? head.empty;
      const at = instantOfMerge(head, new Date().toISOString());
      const [step] = mergeLine(order, [input], at, this.policy.pointOfNoReturn).steps;
      if (step === undefined) throw new Error('the merge of one input has one outcome');
      const refusals = [...limitsReached(this.policy, order, at), ...reasonProblems(this.policy, reason)];
      return previewOf(head, step.outcome, refusals, this.policy, supplement, at);
    });
  }

  /** @throws ProblemError 404 */
  changeability(orderId: string): Promise<Changeability> {
    return inSnapshot(this.database, async (tx) => {
      const order = await loadWhole(tx, await mergedHead(tx, orderId));
      return changeability(order, this.policy.pointOfNoReturn, limitsReached(this.policy, order, new Date().toISOString()));
    });
  }
}
