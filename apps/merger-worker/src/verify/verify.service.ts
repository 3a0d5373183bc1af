import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { notFound } from '#platform';
import { lockKnownHeads } from '../merge/heads.store.js';
import { inSnapshot } from '../read/snapshot.store.js';
import type { Difference } from './difference.js';
import { type AboutHead, differences, partsOf } from './parts.js';
import { repair } from './rebuild.store.js';
import { countWaiting, eachCheckpoint, eachInput, eachStoredRevision, loadParts } from './recorded.store.js';
import { type Replayed, replay } from './replay.js';

/** Whether what is stored of an order is what its recorded inputs give, to the byte. */
export interface VerifyView {
  readonly orderId: string;
  readonly ok: boolean;
  /** How many revisions were replayed. */
  readonly revisions: number;
  readonly firstDifference?: Difference;
}

/** What a rebuild did; not `ok`: the revisions themselves are not what the inputs give, so nothing was changed. */
export interface RebuildView extends VerifyView {
  /** How many parts were written anew. */
  readonly changed: number;
  /** The first hundred of them, as they had been stored. */
  readonly changes: readonly Difference[];
}

const MOST_CHANGES = 100;

interface Checked extends Replayed {
  readonly about: AboutHead;
  readonly wrong: readonly Difference[];
}

async function check(tx: EntityManager, orderId: string): Promise<Checked> {
  const stored = await loadParts(tx, orderId);
  if (stored === undefined) throw notFound(`there is no effective order ${orderId}`);
  const replayed = await replay(orderId, eachInput(tx, orderId), eachStoredRevision(tx, orderId), eachCheckpoint(tx, orderId));
  const about = { waiting: await countWaiting(tx, orderId), updatedAt: replayed.updatedAt };
  return { ...replayed, about, wrong: [...differences(stored, partsOf(replayed.order, about)), ...replayed.checkpoints] };
}

/** Replays orders from their recorded inputs. */
@Injectable()
export class VerifyService {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** Holds all that is stored of an order against a replay of its inputs; changes nothing. @throws ProblemError 404 */
  verify(orderId: string): Promise<VerifyView> {
    return inSnapshot(this.database, async (tx) => {
      const { order, firstDifference, wrong } = await check(tx, orderId);
      const first = firstDifference ?? wrong[0];
      return { orderId, ok: first === undefined, revisions: order.revision, ...(first === undefined ? {} : { firstDifference: first }) };
    });
  }

  /**
   * Writes head, attributes, items and reliance of an order anew where they differ from a replay of its inputs, under
   * its lock; checkpoints that differ are dropped. Revisions were told to the world and are never written again: where the inputs no longer give them,
   * nothing is done. @throws ProblemError 404
   */
  rebuild(orderId: string): Promise<RebuildView> {
    return this.database.transaction(async (tx) => {
      await lockKnownHeads(tx, [orderId]);
      const { order, about, firstDifference, wrong } = await check(tx, orderId);
      const said = { orderId, revisions: order.revision };
      if (firstDifference !== undefined) return { ...said, ok: false, firstDifference, changed: 0, changes: [] };
      await repair(tx, order, about, wrong);
      return { ...said, ok: true, changed: wrong.length, changes: wrong.slice(0, MOST_CHANGES) };
    });
  }
}
