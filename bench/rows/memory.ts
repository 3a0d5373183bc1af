import { hold, type Result } from '../measure.js';
import type { Service } from '../stage/service.js';

const EVERY_MS = 250;
const MOST_MB = 250;
/** How much more the last third of a run may hold than the one before: what is flat within a garbage collector's waves. */
const FLAT = 1.2;

const third = (values: readonly number[], number: number): number =>
  Math.max(...values.slice((number * values.length) / 3, ((number + 1) * values.length) / 3));

/** Looks at the memory of services while `run` is under way. @returns for each what it saw, bytes */
export async function watchMemory(services: readonly Service[], run: () => Promise<unknown>): Promise<number[][]> {
  const samples = services.map((): number[] => []);
  const timer = setInterval(() => {
    for (const [at, service] of services.entries()) samples[at]?.push(service.measure());
  }, EVERY_MS);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return samples;
}

/**
 * What services held at most since they were watched first, and whether it was flat over one run.
 * @param samples what was seen of each during that run
 */
export function memoryOf(services: readonly Service[], samples: readonly (readonly number[])[]): Result[] {
  return services.flatMap(({ name, mostMemory }, at) => {
    const values = samples[at] ?? [];
    return [
      hold(`memory: ${name}`, 'MB', mostMemory / 1e6, MOST_MB),
      hold(`memory: ${name} is flat`, 'MB', third(values, 2) / 1e6, (FLAT * third(values, 1)) / 1e6),
    ];
  });
}
