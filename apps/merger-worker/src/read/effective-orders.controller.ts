import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import type { JsonObject, OrderState, Provenance, Revision } from '#order-model';
import { countedAfter, notFound, pageOf, readPage } from '#platform';
import { asOf, type PastOrder, provenanceAsOf } from './as-of.js';
import { findStoredProvenance, type StoredEffectiveOrder } from './effective-orders.store.js';
import { OrdersRead } from './orders-read.service.js';
import { assertReached, parseRevision, readInclude, readPointInTime } from './point-in-time.js';
import { revisionWanted } from './point-in-time.store.js';
import { listRevisions } from './revisions.store.js';
import { inSnapshot, mergedHead } from './snapshot.store.js';

const JSON_TYPE = 'application/json; charset=utf-8';

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

function shown(orderId: string, { revision, order, at, version }: PastOrder): EffectiveOrderView {
  return { orderId, revision, state: order.state as OrderState, order, base: { version }, updatedAt: at };
}

/** The JSON text of a view: the document goes out as it is stored. */
function textOf({ orderId, revision, state, order, version, updatedAt }: StoredEffectiveOrder): string {
  const said = JSON.stringify({ orderId, revision, state, base: { version }, updatedAt });
  return `${said.slice(0, -1)},"order":${order}}`;
}

@ApiTags('effective-orders')
@Controller('effective-orders')
export class EffectiveOrdersController {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(OrdersRead) private readonly orders: OrdersRead,
  ) {}

  @Get(':orderId')
  @ApiOperation({ summary: 'The effective order: base order and everything merged so far' })
  @ApiQuery({ name: 'revision', required: false, description: 'as of this revision' })
  @ApiQuery({ name: 'at', required: false, description: 'as of this instant (RFC 3339): the last revision made at or before it' })
  @ApiQuery({ name: 'include', required: false, enum: ['provenance'], description: 'for each path the revision that last set it' })
  async one(
    @Param('orderId') orderId: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EffectiveOrderView | string> {
    const wanted = readPointInTime(query);
    const withProvenance = readInclude(query);
    const revision = await revisionWanted(this.database.manager, orderId, wanted);
    if (revision === undefined && !withProvenance) {
      const latest = await this.orders.latest(orderId);
      reply.header('etag', `"${latest.revision}"`).type(JSON_TYPE);
      return textOf(latest);
    }
    const view =
      revision === undefined || withProvenance
        ? await this.withProvenance(orderId, revision)
        : shown(orderId, await this.orders.asOf({ orderId, revision }));
    reply.header('etag', `"${view.revision}"`);
    return view;
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
    const revision = parseRevision(raw, 'revision');
    assertReached(revision, (await mergedHead(this.database.manager, orderId)).revision);
    const found = (await listRevisions(this.database.manager, orderId, revision, revision, 1))[0];
    if (found === undefined) throw notFound(`order ${orderId} has no revision ${raw}`);
    return found;
  }

  /** Order and provenance of the same instant. */
  private withProvenance(orderId: string, wanted: number | undefined): Promise<EffectiveOrderView> {
    return inSnapshot(this.database, async (tx) => {
      const { revision: latest } = await mergedHead(tx, orderId);
      const revision = wanted ?? latest;
      const view = shown(orderId, await asOf(tx, { orderId, revision }));
      const provenance = revision === latest ? await findStoredProvenance(tx, orderId) : await provenanceAsOf(tx, orderId, revision);
      return { ...view, provenance };
    });
  }
}
