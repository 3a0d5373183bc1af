import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { Topology } from '#messaging';

/** The RabbitMQ tests run against: `SUPPING_TEST_AMQP_URL`, `AMQP_URL`, else the one on localhost. */
export function testAmqpUrl(): string {
  return process.env['SUPPING_TEST_AMQP_URL'] ?? process.env['AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672';
}

/** Names nobody else uses: `supping.test.<random>.…`. @param shards 2 if not said */
export function testTopology(shards = 2): Topology {
  return new Topology(`supping.test.${randomBytes(4).toString('hex')}.`, shards);
}

/** What a test made with a topology, beside what every connection makes. */
export interface TopologyUse {
  readonly subscriptions?: readonly string[];
  readonly rpc?: readonly string[];
  /** Other queues, by their whole name. */
  readonly queues?: readonly string[];
}

/** Deletes a test topology's queues and exchanges, exactly those. */
export async function dropTopology(topology: Topology, use: TopologyUse = {}): Promise<void> {
  const model = await connect(testAmqpUrl(), { noDelay: true });
  try {
    const channel = await model.createChannel();
    const shards = Array.from({ length: topology.shards }, (_, shard) => shard);
    const queues = [
      ...(use.subscriptions ?? []).flatMap((name) => [
        topology.deadLetterQueue(name),
        ...shards.map((shard) => topology.subscriptionQueue(name, shard)),
      ]),
      ...(use.rpc ?? []).map((pattern) => topology.rpcQueue(pattern)),
      ...(use.queues ?? []),
    ];
    for (const queue of queues) await channel.deleteQueue(queue);
    for (const exchange of [topology.events, topology.batches, topology.deadLetterExchange]) await channel.deleteExchange(exchange);
  } finally {
    await model.close();
  }
}
