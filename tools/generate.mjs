import { writeFile } from 'node:fs/promises';
import { GENERATED } from './generated.mjs';
import { build } from './setup/build.mjs';
import { runCommand } from './setup/ending.mjs';
import { generate } from './setup/generate.mjs';
import { prepare } from './setup/setup.mjs';

await runCommand(async (ending) => {
  const setup = await prepare(ending);
  await build(setup);
  for (const generated of GENERATED) {
    await writeFile(`${setup.root}${generated.file}`, await generate(setup, generated));
    setup.progress.say(`✓ ${generated.file}`);
  }
  return 0;
});
