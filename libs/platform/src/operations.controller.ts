import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { DataSource } from 'typeorm';
import { RabbitMqConnection, type RabbitMqState } from '#messaging';

const READY_TIMEOUT_MS = 2_000;

/** `GET /health/live`, `/health/ready`, `/metrics`. */
@ApiExcludeController()
@Controller()
export class OperationsController {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(RabbitMqConnection) private readonly broker: RabbitMqConnection,
  ) {}

  @Get('health/live')
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  /** Ready while PostgreSQL answers: without the broker requests are still stored, and published when it is back. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string; database: string; broker: RabbitMqState }> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'down'>((resolve) => {
      timer = setTimeout(resolve, READY_TIMEOUT_MS, 'down');
    });
    const answer = this.database.query('SELECT 1').then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const database = await Promise.race([answer, late]);
    clearTimeout(timer);
    if (database !== 'up') reply.status(503);
    return { status: database, database, broker: this.broker.state() };
  }

  @Get('metrics')
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
