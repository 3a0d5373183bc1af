import { build } from './setup/build.mjs';
import { runCommand } from './setup/ending.mjs';
import { prepare } from './setup/setup.mjs';

await runCommand(async (ending) => {
  await build(await prepare(ending));
  return 0;
});
