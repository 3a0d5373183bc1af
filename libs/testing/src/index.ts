export { dropTopology, type TopologyUse, testAmqpUrl, testTopology } from './brokers.js';
export { countPieces } from './count-pieces.js';
export {
  createDatabase,
  createTemplateDatabase,
  type Migrate,
  type TemplateDatabase,
  type TestDatabase,
  testDatabaseUrl,
} from './databases.js';
export { eventually } from './eventually.js';
export { freePort } from './free-port.js';
export { haveOneHiddenClass } from './hidden-class.js';
export {
  type ProxiedConnection,
  proxyTo,
  type TcpGate,
  type TcpProxy,
  type TcpProxyOptions,
  tcpProxy,
  withoutCancels,
} from './tcp-proxy.js';
export { withDatabase } from './with-database.js';
