import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import type { JsonObject, OrderState, Provenance, Revision } from '#order-model';
import { countedAfter, notFound, pageOf, readPage } from '#platform';
import { asOf, type PastOrder, provenanceAsOf } from './as-of.js';
import { findStoredProvenance } from './effective-orders.store.js';
import { readInclude, readPointInTime, readRevision } from './point-in-time.js';
import { latestOrder, revisionWanted } from './point-in-time.store.js';
import { listRevisions } from './revisions.store.js';
import { inSnapshot, mergedHead } from './snapshot.store.js';

/** The effective order as it reads. */
export interface EffectiveOrderView {
  readonly orderId: string;
  readonly revision: number;
  readonly state: OrderState;
  readonly order: JsonObject;
  readonly base: { readonly version: number };
  readonly updatedAt: string;
  /** For each keyed path the revision that last set it; one that is not named has that of the nearest above it. */
  readonly provenance?: Provenance;
}

function shown(orderId: string, revision: number, { order, at, version }: PastOrder, reply: FastifyReply): EffectiveOrderView {
  reply.header('etag', `"${revision}"`);
  return { orderId, revision, state: order.state as OrderState, order, base: { version }, updatedAt: at };
}

@ApiTags('effective-orders')
@Controller('effective-orders')
export class EffectiveOrdersController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get(':orderId')
  @ApiOperation({ summary: 'The effective order: base order and everything merged so far' })
  @ApiQuery({ name: 'revision', required: false, description: 'as of this revision' })
  @ApiQuery({ name: 'at', required: false, description: 'as of this instant (RFC 3339): the last revision made at or before it' })
  @ApiQuery({ name: 'include', required: false, enum: ['provenance'], description: 'for each path the revision that last set it' })
  async one(
    @Param('orderId') orderId: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EffectiveOrderView> {
    const wanted = readPointInTime(query);
    const withProvenance = readInclude(query);
    // One statement is one snapshot: what most readers want costs one way to PostgreSQL, not five.
    if (wanted.revision === undefined && wanted.at === undefined && !withProvenance) {
      const { revision, order, updatedAt: at, version } = await latestOrder(this.database.manager, orderId);
      return shown(orderId, revision, { order, at, version }, reply);
    }
    return inSnapshot(this.database, async (tx) => {
      const latest = await latestOrder(tx, orderId);
      const revision = await revisionWanted(tx, orderId, latest.revision, wanted);
      const view = shown(orderId, revision, await asOf(tx, orderId, latest, revision), reply);
      if (!withProvenance) return view;
      const stored = revision === latest.revision;
      const provenance = stored ? await findStoredProvenance(tx, orderId) : await provenanceAsOf(tx, orderId, revision);
      return { ...view, provenance };
    });
  }

  @Get(':orderId/revisions')
  @ApiOperation({ summary: 'Every revision with cause, delta and plan' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async revisions(
    @Param('orderId') orderId: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly Revision[] }> {
    const page = readPage(query);
    const rows = await listRevisions(this.database.manager, orderId, countedAfter(page) + 1, 2 ** 31 - 1, page.limit + 1);
    if (rows.length === 0) await mergedHead(this.database.manager, orderId);
    const { items, headers } = pageOf(rows, page, request.url, (row) => String(row.revision));
    reply.headers(headers);
    return { items };
  }

  @Get(':orderId/revisions/:revision')
  @ApiOperation({ summary: 'One revision' })
  async revision(@Param('orderId') orderId: string, @Param('revision') raw: string): Promise<Revision> {
    const { revision: latest } = await mergedHead(this.database.manager, orderId);
    const revision = readRevision(raw, 'revision', latest);
    const found = (await listRevisions(this.database.manager, orderId, revision, revision, 1))[0];
    if (found === undefined) throw notFound(`order ${orderId} has no revision ${raw}`);
    return found;
  }
}
