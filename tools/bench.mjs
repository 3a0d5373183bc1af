import { runOnOwnServers } from './setup/own-servers.mjs';

// The load keeps all that it asked for; to copy it while it is young would cost a tenth of its CPU.
await runOnOwnServers('bench', ['--max-semi-space-size=64']);
