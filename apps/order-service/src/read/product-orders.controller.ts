import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import type { JsonObject } from '#order-model';
import { countedAfter, notFound, ProblemError, pageOf, readOffsetPage, readPage } from '#platform';
import { BASE_PATH } from '../create/new-order.js';
import { etag } from './etag.js';
import { findOrder, listOrders, versionsOf } from './orders.store.js';
import { type VersionView, versionView } from './version.view.js';

type QueryParams = Readonly<Record<string, unknown>>;
const FILTERS = new Set(['id', 'externalId', 'state', 'fields', 'offset', 'limit']);

function single(query: QueryParams, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new ProblemError(400, 'invalid-query', `give ${name} once`);
}

/** TMF630 §4.4: only the named first-level attributes, and always `id` and `href`. */
function selected(document: JsonObject, fields: string | undefined): JsonObject {
  if (fields === undefined) return document;
  const wanted = new Set(['id', 'href', ...fields.split(',').map((field) => field.trim())]);
  return Object.fromEntries(Object.entries(document).filter(([name]) => wanted.has(name)));
}

@ApiTags('productOrder')
@Controller()
export class ProductOrdersController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get(`${BASE_PATH}/productOrder`)
  @ApiOperation({ summary: 'Base orders, newest first' })
  @ApiQuery({ name: 'id', required: false })
  @ApiQuery({ name: 'externalId', required: false })
  @ApiQuery({ name: 'state', required: false })
  @ApiQuery({ name: 'fields', required: false })
  @ApiQuery({ name: 'offset', required: false })
  @ApiQuery({ name: 'limit', required: false })
  async list(@Query() query: QueryParams, @Res({ passthrough: true }) reply: FastifyReply): Promise<JsonObject[]> {
    const unknown = Object.keys(query).find((name) => !FILTERS.has(name));
    if (unknown !== undefined) {
      throw new ProblemError(400, 'invalid-query', `there is no filter ${unknown}; use ${[...FILTERS].join(', ')}`);
    }
    const filter = { id: single(query, 'id'), externalId: single(query, 'externalId'), state: single(query, 'state') };
    const { total, orders } = await listOrders(this.database.manager, filter, readOffsetPage(query));
    reply.headers({ 'x-total-count': String(total), 'x-result-count': String(orders.length) });
    return orders.map(({ document }) => selected(document, single(query, 'fields')));
  }

  @Get(`${BASE_PATH}/productOrder/:id`)
  @ApiOperation({ summary: 'One base order; its ETag guards a PATCH' })
  @ApiQuery({ name: 'fields', required: false })
  async one(@Param('id') id: string, @Query() query: QueryParams, @Res({ passthrough: true }) reply: FastifyReply): Promise<JsonObject> {
    const found = await findOrder(this.database.manager, id);
    if (found === undefined) throw notFound(`there is no order ${id}`);
    reply.header('etag', etag(found.version));
    return selected(found.document, single(query, 'fields'));
  }

  @Get('orders/:id/versions')
  @ApiOperation({ summary: 'The audit of a base order: who, when, why, delta' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'after', required: false })
  async versions(
    @Param('id') id: string,
    @Query() query: QueryParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: VersionView[] }> {
    const page = readPage(query);
    const rows = await versionsOf(this.database.manager, id, countedAfter(page) + 1, 2 ** 31 - 1, page.limit + 1);
    if (rows.length === 0 && (await findOrder(this.database.manager, id)) === undefined) throw notFound(`there is no order ${id}`);
    const { items, headers } = pageOf(rows, page, request.url, (row) => String(row.version));
    reply.headers(headers);
    return { items: items.map(versionView) };
  }

  @Get('orders/:id/versions/:version')
  @ApiOperation({ summary: 'One version of a base order' })
  async version(@Param('id') id: string, @Param('version') version: string): Promise<VersionView> {
    const n = /^\d{1,9}$/.test(version) ? Number(version) : 0;
    const row = (await versionsOf(this.database.manager, id, n, n, 1))[0];
    if (row === undefined) throw notFound(`order ${id} has no version ${version}`);
    return versionView(row);
  }
}
