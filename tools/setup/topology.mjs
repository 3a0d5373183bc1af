import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';

/** What the services declare beside what every connection declares. */
const USED = {
  subscriptions: ['merger', 'order-service', 'supp-service'],
  rpc: ['order.resend', 'order.heads', 'supplement.resend', 'supplement.heads', 'effective-order.revision'],
};

/**
 * A prefix of broker names whose queues and exchanges, exactly those, are deleted when the command ends.
 * @param {import('./setup.mjs').Setup} setup built
 * @param {string} amqpUrl
 * @param {number} shards
 * @returns {string}
 */
export function temporaryPrefix({ root, ending }, amqpUrl, shards) {
  const prefix = `supping.demo.${randomBytes(4).toString('hex')}.`;
  ending.add(`deleting the queues ${prefix}*`, async () => {
    process.env['SUPPING_TEST_AMQP_URL'] = amqpUrl;
    const { Topology } = await built(root, 'messaging');
    const { dropTopology } = await built(root, 'testing');
    await dropTopology(new Topology(prefix, shards), USED);
  });
  return prefix;
}

/**
 * Whether the merger of this deployment listens on this broker: services that run with another prefix or on another
 * broker would leave whoever waits for their events waiting.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} amqpUrl
 */
export async function isConsumed(env, amqpUrl) {
  const { connect } = await import('amqplib');
  const model = await connect(amqpUrl, { noDelay: true });
  try {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    const { consumerCount } = await channel.checkQueue(`${env['SUPPING_PREFIX'] || 'supping.'}merger.00`);
    return consumerCount > 0;
  } catch {
    // No such queue.
    return false;
  } finally {
    await model.close().catch(() => undefined);
  }
}

/**
 * @param {string} root
 * @param {string} lib
 */
async function built(root, lib) {
  return await import(pathToFileURL(`${root}dist/libs/${lib}/src/index.js`).href);
}
