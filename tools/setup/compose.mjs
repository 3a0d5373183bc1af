import { connect } from 'node:net';
import { SetupError } from './ending.mjs';
import { freePort } from './ports.mjs';
import { lastLine, run } from './process.mjs';

const ASK_TIMEOUT_MS = 5_000;

/**
 * @typedef {object} ComposeService
 * @property {string} service its name in docker-compose.yml
 * @property {number} port inside its container
 * @property {string} portSetting variable of docker-compose.yml that names the port outside
 */

/**
 * The port of a service of docker-compose.yml, started where a Docker engine answers; what was started stops at the
 * end and keeps its data.
 * @param {import('./setup.mjs').Setup} setup
 * @param {ComposeService} wanted
 * @param {string[]} tried
 * @returns {Promise<number | undefined>} nothing where there is no Docker
 * @throws {SetupError} when it cannot be started
 */
export async function composeUp(setup, { service, port, portSetting }, tried) {
  const { root, env, ending, progress } = setup;
  if (!(await dockerAnswers(env))) {
    tried.push('no Docker engine with compose answers');
    return undefined;
  }
  const compose = async (/** @type {string[]} */ ...words) =>
    await run('docker', ['compose', '--project-directory', root, ...words], { cwd: root, env });
  if ((await compose('ps', '--status', 'running', '--services')).stdout.split('\n').includes(service)) {
    return portOf((await compose('port', service, String(port))).stdout);
  }
  const outside = (await isTaken(port)) ? await freePort() : port;
  ending.add(`stopping ${service}`, () => compose('stop', service));
  return await progress.step(`Starting ${service} with Docker`, async () => {
    const options = { cwd: root, env: { ...env, [portSetting]: String(outside) }, signal: ending.signal };
    const { code, stderr } = await run('docker', ['compose', '--project-directory', root, 'up', '-d', '--wait', service], options);
    if (code !== 0) throw new SetupError(`docker compose up ${service} failed: ${lastLine(stderr)}`);
    return outside;
  });
}

/** @param {NodeJS.ProcessEnv} env */
async function dockerAnswers(env) {
  const asked = { env, timeoutMs: ASK_TIMEOUT_MS };
  const engine = await run('docker', ['info', '--format', '{{.ServerVersion}}'], asked);
  if (engine.code !== 0 || engine.stdout.trim() === '') return false;
  return (await run('docker', ['compose', 'version'], asked)).code === 0;
}

/** @param {string} address as `docker compose port` prints it: `127.0.0.1:5432` */
function portOf(address) {
  return Number(address.trim().split(':').at(-1));
}

/** @param {number} port @returns {Promise<boolean>} whether somebody listens on it */
function isTaken(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
