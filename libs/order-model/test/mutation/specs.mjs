import { readdir } from 'node:fs/promises';

/** Every spec of the model, properties last: an example that fails is there at once, and nothing runs after it. */
const PROPERTIES = ['revert', 'changeability', 'history', 'properties', 'reference-merge'].map((name) => `${name}.spec.ts`);
const specs = (await readdir(new URL('..', import.meta.url))).filter((name) => name.endsWith('.spec.ts')).sort();
for (const name of [...specs.filter((one) => !PROPERTIES.includes(one)), ...PROPERTIES]) await import(`../${name}`);
