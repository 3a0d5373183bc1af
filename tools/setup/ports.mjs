import { createServer } from 'node:net';
import { SetupError } from './ending.mjs';

/** The services, and the variable that names each one's port. */
export const SERVICES = /** @type {const} */ ([
  { name: 'order-service', title: 'order service', portSetting: 'ORDER_SERVICE_PORT', defaultPort: 3001 },
  { name: 'supp-service', title: 'supp service', portSetting: 'SUPP_SERVICE_PORT', defaultPort: 3002 },
  { name: 'merger-worker', title: 'merger worker', portSetting: 'MERGER_WORKER_PORT', defaultPort: 3003 },
]);

/** @typedef {(typeof SERVICES)[number]['name']} ServiceName */
/** @typedef {Record<ServiceName, number>} Ports */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Ports} the port each service is to listen on
 * @throws {SetupError} naming the setting that is no port, or the same as another's
 */
export function configuredPorts(env) {
  /** @type {Map<number, string>} */
  const taken = new Map();
  return portsOf(({ portSetting, defaultPort }) => {
    const port = Number(env[portSetting] || defaultPort);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new SetupError(`${portSetting}: ${JSON.stringify(env[portSetting])} is not a port from 1 to 65535`);
    }
    const other = taken.get(port);
    if (other !== undefined) throw new SetupError(`${portSetting}: ${port} is the port of ${other} too; set another one`);
    taken.set(port, portSetting);
    return port;
  });
}

/** @returns {Promise<Ports>} ports nobody listens on */
export async function freePorts() {
  const ports = await Promise.all(SERVICES.map(() => freePort()));
  let next = 0;
  return portsOf(() => /** @type {number} */ (ports[next++]));
}

/**
 * @param {(service: (typeof SERVICES)[number]) => number} portOf
 * @returns {Ports}
 */
function portsOf(portOf) {
  return /** @type {Ports} */ (Object.fromEntries(SERVICES.map((service) => [service.name, portOf(service)])));
}

/**
 * @param {Ports} ports
 * @param {string} host
 * @throws {SetupError} naming the setting of the first port that cannot be listened on
 */
export async function requireFree(ports, host) {
  for (const { name, portSetting } of SERVICES) {
    const code = await listenAndClose(ports[name], host).then(
      () => undefined,
      (/** @type {NodeJS.ErrnoException} */ error) => error.code ?? error.message,
    );
    if (code === undefined) continue;
    if (code === 'EADDRINUSE') throw new SetupError(`${portSetting}: ${ports[name]} is taken by another program; set another one`);
    if (code === 'EACCES') throw new SetupError(`${portSetting}: ${ports[name]} may not be opened by this user; set another one`);
    throw new SetupError(`HOST: cannot listen on ${host}:${ports[name]} (${code})`);
  }
}

/** @returns {Promise<number>} a port of 127.0.0.1 nobody listens on just now */
export function freePort() {
  return listenAndClose(0, '127.0.0.1');
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number>}
 */
function listenAndClose(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(address.port));
    });
  });
}
