import { runOnOwnServers } from './setup/own-servers.mjs';

await runOnOwnServers('chaos');
