import { readdirSync, readFileSync } from 'node:fs';
import type { Deployment } from './deployment.js';

/** A tick of /proc, milliseconds. */
const TICK_MS = 10;

interface Used {
  readonly parent: number;
  readonly ms: number;
}

/** CPU that a process and those of its children that have ended have used. */
function usedBy(pid: string): Used | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ms: TICK_MS * ticks };
  } catch {
    // It ended just now.
    return undefined;
  }
}

/** CPU that a process and all below it have used, milliseconds. */
function usedByTree(root: number): number {
  const all = new Map<number, Used>();
  for (const name of readdirSync('/proc')) {
    const used = /^\d+$/.test(name) ? usedBy(name) : undefined;
    if (used !== undefined) all.set(Number(name), used);
  }
  const below = (pid: number): number =>
    (all.get(pid)?.ms ?? 0) + [...all].reduce((sum, [child, { parent }]) => sum + (parent === pid ? below(child) : 0), 0);
  return below(root);
}

/** CPU used so far by everything that a deployment needs, milliseconds by name; `load` is this process. */
export function cpuUsed({ services, servers }: Deployment): Record<string, number> {
  const own = process.cpuUsage();
  return {
    ...Object.fromEntries(services.map(({ name, pid }) => [name, usedByTree(pid)])),
    postgresql: usedByTree(servers.postgres.pid),
    rabbitmq: usedByTree(servers.rabbit.alive.pid),
    load: (own.user + own.system) / 1_000,
  };
}

/** What was used in between, microseconds for each of `count`. */
export function cpuEach(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  count: number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, Math.round((1_000 * (ms - (before[name] ?? 0))) / count)]));
}
