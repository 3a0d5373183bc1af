import type { Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import type { EventOwner } from '#contracts';
import { OutboxRelay, RabbitMqClient, RabbitMqConnection, Topology } from '#messaging';
import { DeadLettersService, OPERATOR_CONTROLLERS, openApiDocument, POLICY } from '#platform';
import { type Generated, isMain, runGenerator } from './files.js';
import { SERVICES } from './services.js';

/** In the place of what every service boots with; preview makes nothing, so nobody ever calls one of these. */
const providers: Provider[] = [DataSource, DeadLettersService, OutboxRelay, POLICY, RabbitMqClient, RabbitMqConnection, Topology].map(
  (provide) => ({
    provide,
    useValue: undefined,
  }),
);

/** The OpenAPI 3.1 document that a service serves at `/openapi.json`; needs no database and no broker. */
export async function openapi(service: EventOwner): Promise<object> {
  const standIns = { module: class StandIns {}, global: true, providers, exports: providers };
  const module = { module: class Described {}, imports: [standIns, SERVICES[service]], controllers: OPERATOR_CONTROLLERS };
  const app = await NestFactory.create(module, new FastifyAdapter(), { preview: true, logger: false, abortOnError: false });
  return openApiDocument(app, service.replaceAll('-', ' '));
}

if (isMain(import.meta.url)) {
  const files: Generated[] = [];
  for (const service of Object.keys(SERVICES) as EventOwner[]) {
    files.push({ file: `docs/openapi/${service}.json`, document: await openapi(service) });
  }
  process.exitCode = await runGenerator(files, process.argv.slice(2));
}
