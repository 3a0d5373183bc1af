import { GENERATORS } from './generated.mjs';
import { build } from './setup/build.mjs';
import { runCommand } from './setup/ending.mjs';
import { run } from './setup/process.mjs';
import { prepare } from './setup/setup.mjs';

await runCommand(async (ending) => {
  const setup = await prepare(ending);
  await build(setup);
  for (const generator of GENERATORS) {
    const { code } = await run(process.execPath, [generator], { cwd: setup.root, signal: ending.signal, output: 'inherit' });
    if (code !== 0) return code;
  }
  return 0;
});
