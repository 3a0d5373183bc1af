import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ORDER_RESEND, type Resent } from '#contracts';
import {
  type CloudEvent,
  NoReplyError,
  OutboxRelay,
  outboxWrite,
  RabbitMqClient,
  RequestFailedError,
  Topology,
  type WrittenRow,
} from '#messaging';
import type { Policy } from '#order-model';
import {
  commitWith,
  type Ending,
  GroupCommit,
  keyReused,
  notFound,
  POLICY,
  ProblemError,
  type Remembered,
  recallKeys,
  rememberKeysStatement,
  restAfterMany,
  type Settled,
} from '#platform';
import { type AuditLine, auditStatement } from '../audit/audit.store.js';
import type { Line } from '../line.js';
import { linesStatement, lockLines, openLines } from '../line.store.js';
import { findSupplement } from '../read/supplements.store.js';
import { refusedFor } from '../refusal.js';
import { SCHEMA } from '../schema.js';
import type { Supplement } from '../supplement.js';
import { arrivalOf, stepOf } from '../supplement-event.js';
import * as ledger from './ledger.store.js';
import { decideSubmission, type Submission, type SubmitSupplement } from './submission.js';

/** One request of a group: the command, the retry key it came with, and whether order-service was asked for its order. */
interface Request {
  readonly command: SubmitSupplement;
  readonly idempotencyKey: string | undefined;
  readonly asked: boolean;
}
type Answer =
  | { readonly kind: 'stored'; readonly supplement: Supplement }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'unheardOf' };

/** What a group came to: an answer for each request, and what is told of them. */
interface Decided {
  readonly results: readonly Settled<Answer>[];
  readonly rows: readonly WrittenRow[];
}

const ASK_TIMEOUT_MS = 1_000;
/** What an `Idempotency-Key` of a new supplement is unique in. */
export const scopeOf = (orderId: string): string => `supplements of ${orderId}`;

function problemOf(submission: Submission): ProblemError | undefined {
  switch (submission.kind) {
    case 'stored':
    case 'repeated':
      return undefined;
    case 'idReused':
      return keyReused(`the id ${submission.id}`);
    case 'externalIdTaken':
      return new ProblemError(
        409,
        'external-id-taken',
        `this externalId is taken on this order by supplement ${submission.id}; read that one, or choose another number`,
        { extra: { supplementId: submission.id } },
      );
    case 'refused':
      return refusedFor(submission.problems);
    default:
      return submission satisfies never;
  }
}

function audited({ orderId, at, by, id, request }: SubmitSupplement, submission: Submission): AuditLine[] {
  const { reason } = request;
  if (submission.kind === 'refused') {
    return [{ at, by, action: 'supplement.refused', orderId, supplementId: id, reason, problems: submission.problems }];
  }
  if (submission.kind !== 'stored') return [];
  const { state, sequence } = submission.supplement;
  return [{ at, by, action: stepOf(submission.supplement), orderId, supplementId: id, reason, after: { state, sequence } }];
}

@Injectable()
export class SupplementsService {
  private readonly group = new GroupCommit<Request, Answer>((requests) => this.commit(requests), { restMs: restAfterMany });

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(RabbitMqClient) private readonly client: RabbitMqClient,
    @Inject(Topology) private readonly topology: Topology,
    @Inject(POLICY) private readonly policy: Policy,
  ) {}

  /**
   * Stores one supplement, accepted with its place in the order's line or waiting for an approval, or gives the one
   * stored before when it is a retry.
   * @throws ProblemError 404 unknown order, 409 external id taken, 422 refused or id reused.
   */
  async submit(command: SubmitSupplement, idempotencyKey: string | undefined): Promise<Supplement> {
    let answer = await this.group.submit({ command, idempotencyKey, asked: false });
    if (answer.kind === 'unheardOf') {
      await this.askForOrder(command.orderId);
      answer = await this.group.submit({ command, idempotencyKey, asked: true });
    }
    if (answer.kind === 'stored') return answer.supplement;
    const stored = answer.kind === 'repeated' ? await findSupplement(this.database.manager, answer.id) : undefined;
    if (stored === undefined) throw new Error(`supplement of order ${command.orderId} was answered but is not stored`);
    return stored;
  }

  /** 404 only where order-service itself says that there is no such order: what it cannot say now is accepted. */
  private async askForOrder(orderId: string): Promise<void> {
    try {
      const reply = await this.client.request<Resent<CloudEvent>>(ORDER_RESEND, { orderId, from: 1, to: 0 }, ASK_TIMEOUT_MS);
      if (!reply.found) throw notFound(`there is no order ${orderId}; post it to order-service first`);
    } catch (error) {
      if (!(error instanceof NoReplyError || error instanceof RequestFailedError)) throw error;
    }
  }

  private async commit(requests: readonly Request[]): Promise<readonly Settled<Answer>[]> {
    const { results, rows } = await commitWith(this.database, (tx) => this.decideAll(tx, requests));
    this.relay.nudge(rows);
    return results;
  }

  private async decideAll(tx: EntityManager, requests: readonly Request[]): Promise<Ending<Decided>> {
    const commands = requests.map(({ command }) => command);
    await openLines(tx, [...new Set(requests.flatMap(({ asked, command }) => (asked ? [command.orderId] : [])))]);
    const keys = requests.flatMap(({ command, idempotencyKey: key }) =>
      key === undefined ? [] : [{ scope: scopeOf(command.orderId), key }],
    );
    // One way to PostgreSQL, which takes them in this order: all the rest is as it stands under the locks of the lines.
    const [lines, memories, byId, byExternalId, items] = await Promise.all([
      lockLines(tx, [...new Set(commands.map(({ orderId }) => orderId))]),
      recallKeys(tx, SCHEMA, keys),
      ledger.findByIds(tx, [...new Set(commands.flatMap(({ id, freshId }) => (freshId === true ? [] : [id])))]),
      ledger.findByExternalIds(
        tx,
        commands.flatMap(({ orderId, by, request: { externalId } }) => (externalId === undefined ? [] : [{ orderId, by, externalId }])),
      ),
      ledger.findItems(
        tx,
        commands.map(({ orderId, request: { changes } }) => ({ orderId, changes })),
        this.policy.pointOfNoReturn,
      ),
    ]);
    const recalled = new Map(memories.map((row) => [`${row.scope} ${row.key}`, row]));

    const changed = new Map<string, Line>();
    const admitted: ledger.NewSupplement[] = [];
    const audit: AuditLine[] = [];
    const remembered: Remembered[] = [];
    const results = requests.map(({ command, idempotencyKey }): Settled<Answer> => {
      const { orderId, by, request, text, hash } = command;
      const line = changed.get(orderId) ?? lines.get(orderId);
      if (line === undefined) return { ok: { kind: 'unheardOf' } };
      const memory = idempotencyKey === undefined ? undefined : recalled.get(`${scopeOf(orderId)} ${idempotencyKey}`);
      if (memory !== undefined) {
        return memory.hash === hash ? { ok: { kind: 'repeated', id: memory.answer } } : { error: keyReused('this Idempotency-Key') };
      }
      const external = request.externalId === undefined ? undefined : ledger.externalKey(orderId, by, request.externalId);
      const earlier = { byId: byId.get(command.id), byExternalId: external === undefined ? undefined : byExternalId.get(external) };
      const submission = decideSubmission(line, items.get(orderId) ?? new Map(), earlier, command, this.policy);
      audit.push(...audited(command, submission));
      const problem = problemOf(submission);
      if (problem !== undefined) return { error: problem };
      if (submission.kind === 'stored') {
        const stored = { id: command.id, orderId, hash };
        admitted.push({ supplement: submission.supplement, text, hash });
        changed.set(orderId, submission.line);
        byId.set(command.id, stored);
        if (external !== undefined) byExternalId.set(external, stored);
        if (idempotencyKey !== undefined) {
          const memo = { scope: scopeOf(orderId), key: idempotencyKey, hash, answer: command.id };
          remembered.push(memo);
          recalled.set(`${memo.scope} ${memo.key}`, memo);
        }
      }
      return { ok: submission as Answer };
    });

    const told = admitted.map(({ supplement, text }) => arrivalOf(supplement, text));
    const { statement, rows } = outboxWrite(SCHEMA, told, this.topology);
    const last = [
      ledger.supplementsStatement(admitted),
      linesStatement(changed),
      auditStatement(audit),
      rememberKeysStatement(SCHEMA, remembered),
      statement,
    ];
    return { result: { results, rows }, last };
  }
}
