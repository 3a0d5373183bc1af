import { Callers } from '../load/load.js';
import { Deployment } from './deployment.js';
import type { Servers } from './servers.js';

/** The server that stores nothing. */
export async function openPlain(servers: Servers, name: string): Promise<{ callers: Callers; close: () => Promise<void> }> {
  const deployment = await Deployment.open(servers, name);
  const { port } = await deployment.process('plain', 'bench/baselines/plain.js');
  const callers = new Callers(port);
  return { callers, close: () => deployment.close() };
}
