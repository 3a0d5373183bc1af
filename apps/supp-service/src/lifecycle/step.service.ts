import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { outboxWrite, sendAll, Topology } from '#messaging';
import { type AuditLine, auditStatement } from '../audit/audit.store.js';
import { linesStatement } from '../line.store.js';
import { SCHEMA } from '../schema.js';
import type { Supplement } from '../supplement.js';
import { eventOf } from '../supplement-event.js';
import type { Changed, Deed } from './decision.js';
import { keepEntries, saveSupplements } from './lifecycle.store.js';

/** A step that was decided on: of which supplement, by whom, and what it came to. */
export interface Step {
  readonly before: Supplement;
  readonly changed: Changed;
  readonly deed: Deed;
  /** As the audit names it: `supplement.approved`. */
  readonly action: string;
}

/** What a step changed, for the audit. */
function changesOf(before: Supplement, after: Supplement): Pick<AuditLine, 'before' | 'after'> {
  const shown = ({ state, sequence, approvals, charge, request: { changes }, resolution }: Supplement) =>
    ({ state, sequence, approvals, charge, changes, resolution }) as Readonly<Record<string, unknown>>;
  const [old, now] = [shown(before), shown(after)];
  const names = Object.keys(now).filter((name) => name === 'state' || JSON.stringify(old[name]) !== JSON.stringify(now[name]));
  const only = (all: Readonly<Record<string, unknown>>) => Object.fromEntries(names.map((name) => [name, all[name]]));
  return { before: only(old), after: only(now) };
}

/** Writes down what was decided, whoever decided it: a person's deed or the passing of time. */
@Injectable()
export class StepService {
  constructor(@Inject(Topology) private readonly topology: Topology) {}

  /** Saves steps of different orders: supplements, lines, audit, events. The orders' lines are locked in `tx`. */
  async save(tx: EntityManager, steps: readonly Step[]): Promise<void> {
    await keepEntries(
      tx,
      steps.filter(({ before, changed }) => before.state === 'held' && changed.supplement.state === 'accepted').map(({ before }) => before),
    );
    await saveSupplements(
      tx,
      steps.map(({ changed }) => changed.supplement),
    );
    const audit = steps.map(({ before, changed, deed, action }): AuditLine => {
      const { id: supplementId, orderId } = before;
      return { ...deed, action, orderId, supplementId, ...changesOf(before, changed.supplement) };
    });
    const told = steps.flatMap(({ changed: { supplement, tells, approval }, deed }) =>
      tells === undefined ? [] : [eventOf(tells, supplement, { ...deed, ...(approval === undefined ? {} : { approval }) })],
    );
    const lines = new Map(steps.map(({ changed }) => [changed.supplement.orderId, changed.line]));
    await sendAll(tx, [linesStatement(lines), auditStatement(audit), outboxWrite(SCHEMA, told, this.topology).statement]);
  }
}
