import { describe, expect, test } from '@jest/globals';
import { isInstalled, requireNode } from './dependencies.mjs';
import { SetupError } from './ending.mjs';
import { configuredPorts, freePort, requireFree } from './ports.mjs';
import { postgresCandidates } from './postgres-login.mjs';
import { chooseCluster, parseClusters } from './postgres-packages.mjs';
import { isNewEnough } from './rabbitmq-login.mjs';
import { serviceUrl } from './services.mjs';

describe('Node.js', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s will do', (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });
  test.each(['18.20.4', '20.18.9'])('%s is refused in one line', (version) => {
    expect(() => requireNode(version)).toThrow(
      new SetupError(`Node.js 20.19 or newer is needed; this is ${version}. See https://nodejs.org`),
    );
  });
});

describe('packages are installed', () => {
  const locked = { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } };
  test('when every one is there in its version; those for other platforms may be missing', () => {
    expect(isInstalled(locked, { 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  });
  test('not when one is missing, or of another version', () => {
    expect(isInstalled(locked, {})).toBe(false);
    expect(isInstalled(locked, { 'node_modules/a': { version: '1.0.1' } })).toBe(false);
    expect(isInstalled(locked, { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.9.0' } })).toBe(false);
  });
});

describe('ports', () => {
  test('are 3001 to 3003 unless the environment says otherwise', () => {
    expect(configuredPorts({})).toEqual({ 'order-service': 3001, 'supp-service': 3002, 'merger-worker': 3003 });
    expect(configuredPorts({ MERGER_WORKER_PORT: '4003' })['merger-worker']).toBe(4003);
  });
  test.each(['x', '0', '65536', '80.5'])('%s is refused, naming the setting', (port) => {
    expect(() => configuredPorts({ SUPP_SERVICE_PORT: port })).toThrow(`SUPP_SERVICE_PORT: "${port}" is not a port from 1 to 65535`);
  });
  test('two services cannot have the same', () => {
    expect(() => configuredPorts({ SUPP_SERVICE_PORT: '3001' })).toThrow(
      'SUPP_SERVICE_PORT: 3001 is the port of ORDER_SERVICE_PORT too; set another one',
    );
  });
  test('on a port that nobody else has, nothing is said', async () => {
    const port = await freePort();
    await expect(requireFree({ 'order-service': port, 'supp-service': port, 'merger-worker': port }, '127.0.0.1')).resolves.toBeUndefined();
  });
  test('a service bound to every address is reached at localhost', () => {
    expect(serviceUrl({ HOST: '0.0.0.0' }, 3001)).toBe('http://localhost:3001');
    expect(serviceUrl({ HOST: '10.0.0.7' }, 3001)).toBe('http://10.0.0.7:3001');
  });
});

describe('PostgreSQL', () => {
  test('our own role is tried first, then what others set up, the system user last', () => {
    expect(postgresCandidates('localhost', 5432, 'jo doe')).toEqual([
      'postgres://supping:supping@localhost:5432/postgres',
      'postgres://postgres@localhost:5432/postgres',
      'postgres://postgres:postgres@localhost:5432/postgres',
      'postgres://jo%20doe@localhost:5432/postgres',
    ]);
  });
  test('of Debian clusters, one that runs is chosen before a newer one that does not', () => {
    const clusters = parseClusters(`13 main 5432 online postgres /var/lib/postgresql/13/main /var/log/13.log
15 main 5433 online,recovery postgres /var/lib/postgresql/15/main /var/log/15.log
17 main 5434 down   postgres /var/lib/postgresql/17/main /var/log/17.log
`);
    expect(chooseCluster(clusters)).toEqual({ version: '15', name: 'main', port: 5433, online: true });
    expect(chooseCluster(clusters.filter(({ online }) => !online))?.version).toBe('17');
  });
  test('a cluster older than 15 is none', () => {
    expect(chooseCluster(parseClusters('13 main 5432 online postgres /data /log'))).toBeUndefined();
    expect(chooseCluster(parseClusters(''))).toBeUndefined();
  });
});

test.each([
  ['3.9.27', false],
  ['3.10.0', true],
  ['3.13.7', true],
  ['4.1.2', true],
])('RabbitMQ %s is new enough: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
