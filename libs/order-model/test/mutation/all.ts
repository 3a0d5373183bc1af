import { readdir } from 'node:fs/promises';

/**
 * Every spec of the model as one, for mutation testing: it runs them some thousand times, and loading the model and
 * fast-check anew for each file took two thirds of that. Properties come last: an example that fails is there at once.
 */
const specs = (await readdir(new URL('..', import.meta.url))).filter((name) => name.endsWith('.spec.ts')).sort();
const SLOW = ['reference-merge.spec.ts', 'properties.spec.ts', 'history.spec.ts', 'changeability.spec.ts', 'revert.spec.ts'];
for (const name of [...specs.filter((one) => !SLOW.includes(one)), ...specs.filter((one) => SLOW.includes(one))]) {
  await import(`../${name}`);
}
