import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { appendToOutbox, OutboxRelay, Topology } from '#messaging';
import type { Policy, Problem } from '#order-model';
import { GroupCommit, keyReused, notFound, POLICY, ProblemError, type Remembered, recallKeys, rememberKeys, type Settled } from '#platform';
import { SCHEMA } from '../schema.js';
import { versionEvent } from '../version-event.js';
import { type AmendOrder, decideAmendment } from './amend.js';
import type { BaseOrder } from './base-order.js';
import { type CancelRequest, lockOrders, type NextVersion, storeCancelRequests, storeReported, storeVersions } from './change.store.js';
import type { Decision, ReportedItem, VersionMade } from './decision.js';
import { decideProgress, type ReportProgress } from './progress.js';

export type ChangeOrder = AmendOrder | ReportProgress;
interface Request {
  readonly command: ChangeOrder;
  readonly retry: { readonly key: string; readonly hash: string } | undefined;
}

function decide(base: BaseOrder, command: ChangeOrder, policy: Policy): Decision {
  switch (command.kind) {
    case 'amend':
      return decideAmendment(base, command, policy);
    case 'progress':
      return decideProgress(base, command, policy);
    default:
      return command satisfies never;
  }
}

function refusal(status: number, problems: readonly Problem[]): ProblemError {
  const detail = problems.map((problem) => problem.detail).join('; ');
  return new ProblemError(status, problems[0]?.code ?? 'refused', detail, { errors: problems });
}

function eventOf(event: VersionMade) {
  return event.name === 'order.amended' ? versionEvent(event.name, event.data) : versionEvent(event.name, event.data);
}

const scope = ({ kind, orderId }: ChangeOrder): string => `${kind} of ${orderId}`;

/** Every in-place change of a base order: amendments, cancellations, progress; each makes the next version. */
@Injectable()
export class ChangeService {
  private readonly group = new GroupCommit<Request, number>((requests) => this.commit(requests));

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Topology) private readonly topology: Topology,
    @Inject(POLICY) private readonly policy: Policy,
  ) {}

  /**
   * Makes the order's next version. @returns its number, that of the first answer when the retry key is known.
   * @throws ProblemError 404 unknown order, 409 illegal move, 412 stale version, 422 refused.
   */
  change(command: ChangeOrder, retry?: { readonly key: string; readonly hash: string }): Promise<number> {
    return this.group.submit({ command, retry });
  }

  private async commit(requests: readonly Request[]): Promise<readonly Settled<number>[]> {
    const results = await this.database.transaction((tx) => this.decideAll(tx, requests));
    this.relay.nudge();
    return results;
  }

  private async decideAll(tx: EntityManager, requests: readonly Request[]): Promise<Settled<number>[]> {
    const orders = await lockOrders(tx, [...new Set(requests.map(({ command }) => command.orderId))]);
    const keys = requests.flatMap(({ command, retry }) => (retry === undefined ? [] : [{ scope: scope(command), key: retry.key }]));
    const recalled = new Map((await recallKeys(tx, SCHEMA, keys)).map((row) => [`${row.scope} ${row.key}`, row]));
    const versions: NextVersion[] = [];
    const reported: (ReportedItem & { orderId: string })[] = [];
    const cancels: CancelRequest[] = [];
    const remembered: Remembered[] = [];

    const results = requests.map(({ command, retry }): Settled<number> => {
      const { orderId } = command;
      const base = orders.get(orderId);
      if (base === undefined) return { error: notFound(`there is no order ${orderId}; post it to order-service first`) };
      const memory = retry === undefined ? undefined : recalled.get(`${scope(command)} ${retry.key}`);
      if (memory !== undefined) {
        return memory.hash === retry?.hash ? { ok: Number(memory.answer) } : { error: keyReused('this Idempotency-Key') };
      }
      const decision = decide(base, command, this.policy);
      if (decision.kind === 'stale') {
        const detail = `the order is at version ${decision.version}; read it again and send its ETag as If-Match`;
        return { error: new ProblemError(412, 'stale-version', detail, { extra: { version: decision.version } }) };
      }
      if (decision.kind === 'refused') return { error: refusal(422, decision.problems) };
      if (decision.kind === 'impossible') return { error: refusal(409, decision.problems) };
      const { version } = decision.event.data;
      const known = new Map(base.known);
      for (const item of decision.reported) known.set(item.itemId, { ...item, addedBy: known.get(item.itemId)?.addedBy ?? null });
      orders.set(orderId, { ...base, version, document: decision.document, known });
      versions.push({ orderId, event: decision.event });
      reported.push(...decision.reported.map((item) => ({ ...item, orderId })));
      if (command.kind === 'amend' && command.cancelProductOrder !== undefined) {
        cancels.push({ ...command.cancelProductOrder, orderId, version, at: command.at });
      }
      if (retry !== undefined) {
        const memo = { scope: scope(command), key: retry.key, hash: retry.hash, answer: String(version) };
        remembered.push(memo);
        recalled.set(`${memo.scope} ${memo.key}`, memo);
      }
      return { ok: version };
    });

    const changed = new Set(versions.map(({ orderId }) => orderId));
    await storeVersions(
      tx,
      versions,
      [...orders.values()].filter(({ id }) => changed.has(id)),
    );
    await storeReported(tx, reported);
    await storeCancelRequests(tx, cancels);
    await rememberKeys(tx, SCHEMA, remembered);
    await appendToOutbox(
      tx,
      SCHEMA,
      versions.map(({ event }) => eventOf(event)),
      this.topology,
    );
    return results;
  }
}
