import { hold, type Result } from '../measure.js';
import type { Service } from '../stage/service.js';

const EVERY_MS = 250;
const MOST_MB = 250;
/** How much more the last third of a run may hold than the one before: what is flat within a garbage collector's waves. */
const FLAT = 1.2;

const third = (values: readonly number[], number: number): number =>
  Math.max(...values.slice((number * values.length) / 3, ((number + 1) * values.length) / 3));

/** Looks at the memory of services while `run` is under way. @returns what that came to, and for each service what was seen, bytes */
export async function watchMemory<T>(services: readonly Service[], run: () => Promise<T>): Promise<{ result: T; samples: number[][] }> {
  const samples = services.map((): number[] => []);
  const timer = setInterval(() => {
    for (const [at, { memory }] of services.entries()) samples[at]?.push(memory);
  }, EVERY_MS);
  try {
    return { result: await run(), samples };
  } finally {
    clearInterval(timer);
  }
}

/**
 * What services held at most, and whether it was flat over the first of two runs.
 * @param first what was seen of each during that run
 * @param second and during the other
 */
export function memoryOf(
  services: readonly Service[],
  first: readonly (readonly number[])[],
  second: readonly (readonly number[])[],
): Result[] {
  return services.flatMap(({ name }, at) => {
    const values = first[at] ?? [];
    const most = Math.max(...values, ...(second[at] ?? []));
    return [
      hold(`memory: ${name}`, 'MB', most / 1e6, MOST_MB),
      hold(`memory: ${name} is flat`, 'MB', third(values, 2) / 1e6, (FLAT * third(values, 1)) / 1e6),
    ];
  });
}
