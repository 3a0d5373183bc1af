import { build } from './setup/build.mjs';
import { temporaryDatabase } from './setup/databases.mjs';
import { runCommand } from './setup/ending.mjs';
import { findPostgres } from './setup/postgres.mjs';
import { run } from './setup/process.mjs';
import { prepare } from './setup/setup.mjs';

await runCommand(async (ending) => {
  const setup = await prepare(ending);
  const databaseUrl = await temporaryDatabase(await findPostgres(setup), ending);
  await build(setup);
  const env = { ...setup.env, DATABASE_URL: databaseUrl };
  const bench = ['--enable-source-maps', `${setup.root}dist/bench/main.js`];
  const { code } = await run(process.execPath, bench, { cwd: setup.root, env, signal: ending.signal, output: 'inherit' });
  return code;
});
