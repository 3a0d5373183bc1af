import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { OutboxRelay } from '#messaging';
import type { Policy } from '#order-model';
import { keyReused, notFound, POLICY, recallKeys, rememberKeys } from '#platform';
import type { Line } from '../line.js';
import { lockLines } from '../line.store.js';
import { type SupplementView, viewOf } from '../read/supplement.view.js';
import { findSupplement } from '../read/supplements.store.js';
import { problemOfRefusal } from '../refusal.js';
import { SCHEMA } from '../schema.js';
import { findItems } from '../submit/ledger.store.js';
import { certainProblems } from '../submit/submission.js';
import type { Supplement } from '../supplement.js';
import { type AnswerSupplement, decideAnswer } from './answer.js';
import type { Decision, Deed } from './decision.js';
import { ordersOf } from './lifecycle.store.js';
import { decideResolution, type ResolveSupplement } from './resolve.js';
import { StepService } from './step.service.js';
import { decideWithdrawal } from './withdraw.js';

/** The request that asks for a step: the supplement, and the retry key with the hash of its body. */
export interface Asked {
  readonly id: string;
  readonly idempotencyKey: string | undefined;
  readonly hash: string;
}
interface Step extends Asked {
  readonly action: string;
  readonly deed: Deed;
  readonly decide: (tx: EntityManager, supplement: Supplement, line: Line) => Decision | Promise<Decision>;
}

/** What people do about a supplement after it was submitted. */
@Injectable()
export class LifecycleService {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(StepService) private readonly steps: StepService,
    @Inject(POLICY) private readonly policy: Policy,
  ) {}

  /** @throws ProblemError 404, 403 not its author, 409 wrong state, 422 key reused */
  withdraw(asked: Asked, command: Deed): Promise<SupplementView> {
    const decide = (_tx: EntityManager, supplement: Supplement, line: Line) => decideWithdrawal(supplement, line, command);
    return this.take({ ...asked, action: 'withdrawn', deed: command, decide });
  }

  /** @throws ProblemError 404, 409 wrong state, 422 key reused */
  answer(asked: Asked, { party, answer, ...deed }: AnswerSupplement): Promise<SupplementView> {
    const action = `${answer}-by-${party}`;
    const decide = (_tx: EntityManager, supplement: Supplement, line: Line) => decideAnswer(supplement, line, { party, answer, ...deed });
    return this.take({ ...asked, action, deed, decide });
  }

  /** @throws ProblemError 404, 409 wrong state, 422 certain to be refused by the merge, or key reused */
  resolve(asked: Asked, command: ResolveSupplement): Promise<SupplementView> {
    const { at, by, reason } = command;
    const decide = async (tx: EntityManager, supplement: Supplement, line: Line): Promise<Decision> => {
      const changes = command.changes ?? supplement.request.changes;
      const { orderId } = supplement;
      const { pointOfNoReturn } = this.policy;
      const items = (await findItems(tx, [{ orderId, changes }], pointOfNoReturn)).get(orderId) ?? new Map();
      return decideResolution(supplement, line, command, certainProblems(line, items, changes, pointOfNoReturn));
    };
    return this.take({
      ...asked,
      action: `resolved-by-${command.action}`,
      deed: { at, by, ...(reason === undefined ? {} : { reason }) },
      decide,
    });
  }

  /** One step: lock the order's line, decide, save, tell. A retry is given the supplement as it stands. */
  private async take(step: Step): Promise<SupplementView> {
    const view = await this.database.transaction(async (tx) => {
      const orderId = (await ordersOf(tx, [step.id])).get(step.id);
      const line = orderId === undefined ? undefined : (await lockLines(tx, [orderId])).get(orderId);
      const repeated = await this.isRepeated(tx, step);
      const before = await findSupplement(tx, step.id);
      if (before === undefined || line === undefined) throw notFound(`there is no supplement ${step.id}`);
      if (repeated) return viewOf(before);
      const decision = await step.decide(tx, before, line);
      if (decision.kind === 'refused') throw problemOfRefusal(decision.refusal);
      await this.steps.save(tx, [{ before, changed: decision, deed: step.deed, action: `supplement.${step.action}` }]);
      return viewOf(decision.supplement);
    });
    this.relay.nudge();
    return view;
  }

  /** Whether this very request was taken before; remembers it for the next time if it was not. */
  private async isRepeated(tx: EntityManager, { id, action, idempotencyKey: key, hash }: Step): Promise<boolean> {
    if (key === undefined) return false;
    const scope = `supplement ${id} ${action}`;
    const memory = (await recallKeys(tx, SCHEMA, [{ scope, key }]))[0];
    if (memory === undefined) await rememberKeys(tx, SCHEMA, [{ scope, key, hash, answer: id }]);
    else if (memory.hash !== hash) throw keyReused('this Idempotency-Key');
    return memory !== undefined;
  }
}
