import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { composeUp } from './compose.mjs';
import { Ending, SetupError } from './ending.mjs';
import { Progress } from './progress.mjs';

const RABBITMQ = { service: 'rabbitmq', port: 5672, portSetting: 'SUPPING_RABBITMQ_PORT' };

/** What docker-compose.yml is asked for, held with a stand-in for the `docker` command: it notes what it is told. */
describe('docker compose', () => {
  let folder = '';
  beforeEach(async () => {
    // Its name is in every command, with words that others are told by.
    folder = await mkdtemp(join(tmpdir(), 'supping-compose-ps-up-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function docker(cases: string) {
    const path = join(folder, 'docker');
    await writeFile(path, `#!/bin/sh\necho "$SUPPING_RABBITMQ_PORT $*" >> ${folder}/told\ncase "$*" in\n${cases}\nesac\n`);
    await chmod(path, 0o755);
    const ending = new Ending();
    const progress = new Progress({ write: () => true });
    return { root: `${folder}/`, env: { PATH: `${folder}:${process.env.PATH}` }, ending, progress };
  }
  const told = async () => (await readFile(`${folder}/told`, 'utf8')).replaceAll(`--project-directory ${folder}/ `, '').trim().split('\n');

  test('where no engine answers, nothing is started', async () => {
    const tried: string[] = [];
    const setup = await docker('info*) echo "Cannot connect to the Docker daemon" >&2; exit 1 ;;');
    expect(await composeUp(setup, RABBITMQ, tried)).toBeUndefined();
    expect(tried).toEqual(['no Docker engine with compose answers']);
    expect(await told()).toEqual(['info --format {{.ServerVersion}}']);
  });

  test('what runs already is used, and not stopped', async () => {
    const setup = await docker('info*) echo 28 ;;\n*" ps "*) echo postgres; echo rabbitmq ;;\n*" port "*) echo 127.0.0.1:49153 ;;');
    expect(await composeUp(setup, RABBITMQ, [])).toBe(49153);
    await setup.ending.run();
    expect((await told()).filter((words) => /up|stop/.test(words))).toEqual([]);
  });

  test('what does not is started, on another port where its own is taken, and stopped at the end, it alone', async () => {
    const setup = await docker('info*) echo 28 ;;\n*" ps "*) echo postgres ;;');
    const port = await composeUp(setup, RABBITMQ, []);
    await setup.ending.run();
    expect((await told()).slice(-2)).toEqual([`${port} compose up -d --wait rabbitmq`, ' compose stop rabbitmq']);
  });

  test('what cannot be started is said in one line', async () => {
    const setup = await docker('info*) echo 28 ;;\n*" up "*) echo "pulling"; echo "no space left on device" >&2; exit 1 ;;');
    await expect(composeUp(setup, RABBITMQ, [])).rejects.toThrow(
      new SetupError('docker compose up rabbitmq failed: no space left on device'),
    );
  });
});
