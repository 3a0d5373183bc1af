import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ORDER_RESEND } from '#contracts';
import { RabbitMqClient, RabbitMqConnection, RabbitMqServer, type Topology } from '#messaging';
import { dropTopology, testAmqpUrl, testTopology } from '#testing';
import { aSubmission, aWorld } from './world.js';

const world = aWorld();
let topology: Topology;
let connection: RabbitMqConnection;
let server: RabbitMqServer;
let client: RabbitMqClient;
/** What order-service answers. */
let answer: () => Promise<unknown> = () => Promise.reject(new Error('not asked'));

beforeAll(async () => {
  topology = testTopology(1);
  connection = new RabbitMqConnection({ url: testAmqpUrl(), name: 'test', topology });
  server = new RabbitMqServer({ connection, topology });
  server.addHandler(ORDER_RESEND, () => answer());
  await new Promise<void>((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
  client = new RabbitMqClient(connection, topology);
});
afterAll(async () => {
  await client.close();
  await server.close();
  await connection.close();
  await dropTopology(topology, { rpc: [ORDER_RESEND] });
});

const submit = (orderId: string): Promise<{ state: string; sequence?: number }> =>
  world.supplements({}, client).submit(aSubmission(orderId), undefined);

test('given an order not heard of, when order-service says that it is there, then the supplement is accepted', async () => {
  answer = async () => ({ found: true, events: [], head: 1 });
  expect(await submit('order-found')).toMatchObject({ state: 'accepted', sequence: 1 });
});

test('given an order not heard of, when order-service says that there is none, then it is a 404 and nothing is stored', async () => {
  answer = async () => ({ found: false, events: [], head: 0 });
  await expect(submit('order-none')).rejects.toMatchObject({ status: 404 });
  expect(await world.store.query(`SELECT FROM supp_service.supplement WHERE order_id = 'order-none'`)).toEqual([]);
});

test('given an order not heard of, when order-service cannot say, its database being away, then the supplement is accepted', async () => {
  answer = () => Promise.reject(Object.assign(new Error('the database is away'), { code: 'ECONNREFUSED' }));
  expect(await submit('order-unsaid')).toMatchObject({ state: 'accepted', sequence: 1 });
});
