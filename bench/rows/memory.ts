import { hold } from '../measure.js';
import { openOurs, supplementsTo, wholeWay } from '../stage/contestants.js';
import { catchUp } from './catch-up.js';
import type { Row } from './row.js';

const ORDERS = 5_000;
const ITEMS = 5;
const RUN_MS = 60_000;
const EVERY_MS = 250;
const MOST_MB = 250;
/** How much more the last third of the minute may hold than the one before: what is flat within a garbage collector's waves. */
const FLAT = 1.2;

/** Memory of every service over a minute of the whole way and the catching up of 50,000 afterwards. */
export const memory: Row = async ({ servers, tick }) => {
  const ours = await openOurs(servers, 'bench-memory');
  await ours.place(ORDERS, ITEMS);
  const next = supplementsTo(ours, ITEMS);
  const { services } = ours.deployment;
  const samples = services.map((): number[] => []);
  const began = performance.now();
  const timer = setInterval(() => {
    for (const [at, service] of services.entries()) samples[at]?.push(service.measure());
    tick(Math.min(0.9, (performance.now() - began) / (1.5 * RUN_MS)));
  }, EVERY_MS);
  try {
    await wholeWay(ours, RUN_MS, next);
    const minute = samples.map((one) => [...one]);
    await catchUp(ours, next);
    clearInterval(timer);
    await ours.finish();
    const third = (values: readonly number[], number: number): number =>
      Math.max(...values.slice((number * values.length) / 3, ((number + 1) * values.length) / 3));
    return services.flatMap(({ name, mostMemory }, at) => {
      const values = minute[at] ?? [];
      return [
        hold(`memory: ${name}`, 'MB', mostMemory / 1e6, MOST_MB),
        hold(`memory: ${name} is flat`, 'MB', third(values, 2) / 1e6, (FLAT * third(values, 1)) / 1e6),
      ];
    });
  } finally {
    clearInterval(timer);
  }
};
