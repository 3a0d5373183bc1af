import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runCommand, say } from './command.js';
import { readOptions } from './options.js';
import { resultsOf, table } from './report.js';
import { run } from './run.js';
import { SABOTAGES } from './sabotage.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** @returns the exit status */
async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions(process.argv.slice(2), `${ROOT}chaos/results.json`, Date.now());
  const { seed, sabotage, singleNode } = options;
  say(
    `Chaos, seed ${seed}${singleNode ? ', one broker node' : ''}${sabotage === undefined ? '' : `, without ${SABOTAGES[sabotage].without}`}`,
  );
  const outcome = await run(ROOT, options, signal, say);
  say(table(outcome));
  if (sabotage !== undefined) {
    const shown = outcome.findings.filter(({ what }) => SABOTAGES[sabotage].shows.test(what));
    say(
      shown.length > 0
        ? `Sabotage "${sabotage}" was found, ${shown.length} times: ${shown[0]?.what}`
        : `Sabotage "${sabotage}" was NOT found: the checker is blind to it, or the faults are.`,
    );
    return shown.length > 0 ? 0 : 1;
  }
  await writeFile(options.results, `${JSON.stringify(resultsOf(outcome), null, 2)}\n`);
  say(outcome.findings.length === 0 ? 'All is as promised.' : `${outcome.findings.length} findings.`);
  return outcome.findings.length === 0 ? 0 : 1;
}

runCommand(main);
