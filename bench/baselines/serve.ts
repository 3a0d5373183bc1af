import { Controller, Get, type Type } from '@nestjs/common';
import { createHttpApplication } from '#platform';

const BODY_LIMIT = 4 * 1024 * 1024;

/** What a service is asked before it is given anything to do. */
@Controller('health')
export class HealthController {
  @Get('ready')
  ready(): object {
    return { status: 'ok' };
  }
}

/** Serves a module on `PORT` of 127.0.0.1 until SIGTERM. @param end what is left to do once no more requests are taken */
export async function serveBaseline(module: Type, end: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
  const app = await createHttpApplication(module, BODY_LIMIT, false);
  await app.listen(Number(process.env.PORT), '127.0.0.1');
  process.on('SIGTERM', () => {
    void app
      .close()
      .then(end)
      .finally(() => process.exit(0));
  });
}
