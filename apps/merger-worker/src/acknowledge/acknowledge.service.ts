import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type EffectiveOrderAcknowledged, eventType } from '#contracts';
import { appendToOutbox, type CloudEvent, OutboxRelay, Topology } from '#messaging';
import { keyReused, ProblemError, recallKeys, rememberKeys } from '#platform';
import { lockKnownHeads } from '../merge/heads.store.js';
import { mergedHead } from '../read/snapshot.store.js';
import { SCHEMA } from '../schema.js';
import { type Acknowledge, decideAcknowledgement } from './acknowledgement.js';
import { findLatest, insertSaid, listSaid, saveLatest, takeNumber } from './acknowledgements.store.js';

/** The caller's retry key and the hash of the body it came with. */
export interface Retry {
  readonly key: string;
  readonly hash: string;
}

function acknowledgedEvent(data: EffectiveOrderAcknowledged): CloudEvent<EffectiveOrderAcknowledged> {
  const { orderId, number, at } = data;
  return {
    id: `${orderId}/acknowledgements/${number}`,
    source: '/merger-worker',
    type: eventType('effective-order.acknowledged'),
    subject: orderId,
    time: at,
    sequence: number,
    partitionkey: orderId,
    data,
  };
}

@Injectable()
export class AcknowledgeService {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(Topology) private readonly topology: Topology,
  ) {}

  /** Records what a consumer says of a revision. @throws ProblemError 404, 422 beyond the head or key reused */
  async acknowledge(command: Acknowledge, retry: Retry | undefined): Promise<EffectiveOrderAcknowledged> {
    const said = await this.database.transaction((tx) => this.record(tx, command, retry));
    this.relay.nudge();
    return said;
  }

  private async record(tx: EntityManager, command: Acknowledge, retry: Retry | undefined): Promise<EffectiveOrderAcknowledged> {
    const { orderId } = command;
    const scope = `acknowledgements of ${orderId}`;
    const [memory] = retry === undefined ? [] : await recallKeys(tx, SCHEMA, [{ scope, key: retry.key }]);
    if (memory !== undefined && memory.hash !== retry?.hash) throw keyReused('this Idempotency-Key');
    if (memory !== undefined) return saidBefore(tx, orderId, Number(memory.answer));

    // The lock under which `behind` is true to the head, and the order's events get their place in the outbox.
    await lockKnownHeads(tx, [orderId]);
    const { revision: head } = await mergedHead(tx, orderId);
    const known = await findLatest(tx, orderId, command.consumer);
    const number = await takeNumber(tx, orderId);
    const decision = decideAcknowledgement(head, known, command, number);
    if (decision.kind === 'refused') throw new ProblemError(422, 'unknown-revision', decision.detail);
    const said = { ...command, number, headRevision: head };
    if (decision.kind === 'latest') await saveLatest(tx, decision.latest, head);
    await insertSaid(tx, said);
    if (retry !== undefined) await rememberKeys(tx, SCHEMA, [{ scope, ...retry, answer: String(number) }]);
    await appendToOutbox(tx, SCHEMA, [acknowledgedEvent(said)], this.topology);
    return said;
  }
}

async function saidBefore(tx: EntityManager, orderId: string, number: number): Promise<EffectiveOrderAcknowledged> {
  const [said] = await listSaid(tx, orderId, number, 1);
  if (said === undefined) throw new Error(`acknowledgement ${number} of order ${orderId} was answered but is not stored`);
  return said;
}
