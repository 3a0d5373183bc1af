import { until } from '../../chaos/waiting.js';
import { Callers, times } from '../load/load.js';
import { Ledger } from '../load/requests.js';
import { Deployment } from './deployment.js';
import type { Servers } from './servers.js';

const TIMEOUT_MS = 20_000;

/**
 * Has order-service publish an event that no queue is bound for: published as mandatory it comes back and is kept.
 * @throws Error when it is not
 */
export async function assertMandatory(servers: Servers): Promise<void> {
  const deployment = await Deployment.open(servers, 'bench-mandatory');
  try {
    const [orders] = await deployment.ours('order-service');
    const ledger = new Ledger();
    const port = orders?.port ?? 0;
    await new Callers(port, 1).ask(
      TIMEOUT_MS,
      times(1, () => ledger.order(1)),
    );
    if (ledger.accepted !== 1) throw new Error('order-service takes no order');
    await until('the return of a mandatory event', TIMEOUT_MS, servers.signal, async () => {
      const status = (await (await fetch(`http://127.0.0.1:${port}/admin/outbox`)).json()) as { rows: number; heldSubjects: number };
      if (status.rows === 0)
        throw new Error('an event that reached no queue was taken for published; a run without mandatory says nothing');
      return status.heldSubjects === 1;
    });
  } finally {
    await deployment.close();
  }
}
