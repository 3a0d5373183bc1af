import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BATCHED_EVENTS, type EventName, type EventOwner, eventOwners, eventSchemas, eventType } from '#contracts';
import { MOST_IN_BATCH, Topology } from '#messaging';
import { isMain, ROOT, runGenerator } from './files.js';
import { REQUESTS } from './requests.js';
import { type Handler, handlersOf, SERVICES } from './services.js';

type Document = Record<string, unknown>;

const FILE = 'docs/asyncapi.json';
const BINDING = { bindingVersion: '0.3.0' };
const topology = new Topology('supping.', 8);
const NAMES = Object.keys(eventSchemas) as EventName[];
const ref = (...path: string[]): { $ref: string } => ({ $ref: `#/${path.join('/')}` });
const text = (description: string): Document => ({ type: 'string', minLength: 1, description });

/** CloudEvents 1.0 over AMQP in binary mode: the attributes are headers, the body is the data alone. */
function headersOf(name: EventName): Document {
  const properties = {
    'cloudEvents:specversion': { const: '1.0' },
    'cloudEvents:id': text('the same every time the event is sent: drop what you have seen'),
    'cloudEvents:source': { const: `/${eventOwners[name]}` },
    'cloudEvents:type': { const: eventType(name) },
    'cloudEvents:subject': text('the order id; events of one subject are sent in order'),
    'cloudEvents:time': { type: 'string', format: 'date-time' },
    'cloudEvents:sequence': {
      type: 'integer',
      minimum: 0,
      description:
        'counts up per source, type family and subject: a gap is an event missed. Of merger-worker the families are ' +
        'effective-order.revised, effective-order.acknowledged, and supplement.merged, held and rejected together: 1, 2, 3 … each; ' +
        'merge.settled, which tells of many orders under the name of one, is numbered with holes',
    },
    'cloudEvents:partitionkey': text('what the shard in the routing key is hashed from: the order id'),
  };
  return {
    type: 'object',
    required: Object.keys(properties),
    properties: { ...properties, 'cloudEvents:traceparent': { type: 'string', description: 'W3C Trace Context' } },
  };
}

function message(name: EventName): Document {
  const example = JSON.parse(readFileSync(join(ROOT, 'libs/contracts/fixtures', `${name}.json`), 'utf8')) as object;
  return {
    name: eventType(name),
    title: name,
    contentType: 'application/json',
    headers: headersOf(name),
    payload: eventSchemas[name],
    examples: [{ name: 'example', payload: example }],
    bindings: { amqp: { messageType: eventType(name), ...BINDING } },
  };
}

/** Several events of one type and shard in a message: the JSON batch format of CloudEvents 1.0. */
function batchMessage(name: EventName): Document {
  const attributes = Object.entries(headersOf(name).properties as Document).map(([header, schema]) => [
    header.replace(/^cloudEvents:/, ''),
    schema,
  ]);
  const properties = { ...Object.fromEntries(attributes), datacontenttype: { const: 'application/json' }, data: eventSchemas[name] };
  const required = Object.keys(properties).filter((attribute) => attribute !== 'traceparent');
  return {
    name: `${eventType(name)} in batches`,
    title: batchOf(name),
    contentType: 'application/cloudevents-batch+json',
    headers: { type: 'object', properties: { 'supping-events': { type: 'integer', description: 'how many events there are in it' } } },
    payload: { type: 'array', minItems: 1, items: { type: 'object', required, properties } },
    bindings: { amqp: { ...BINDING } },
  };
}

const batchOf = (name: EventName): string => `${name}.batch`;
const BATCHED = BATCHED_EVENTS as readonly EventName[];

function eventChannel(name: EventName, title: string, exchangeName: string): Document {
  const exchange = { name: exchangeName, type: 'topic', durable: true, autoDelete: false, vhost: '/' };
  return {
    address: `${name}.{shard}`,
    title,
    messages: Object.fromEntries((title === name ? [name] : [name, title]).map((one) => [one, ref('components', 'messages', one)])),
    parameters: { shard: ref('components', 'parameters', 'shard') },
    bindings: { amqp: { is: 'routingKey', exchange, ...BINDING } },
  };
}

function operation(service: EventOwner, action: 'send' | 'receive', channel: string, said: Document): [string, Document] {
  const messages = [ref('channels', channel, 'messages', channel)];
  return [`${service}.${action}.${channel}`, { action, channel: ref('channels', channel), ...said, messages, tags: [{ name: service }] }];
}

/** Whether an AMQP topic pattern (`order.*`, `effective-order.#`) takes an event. */
function takes(pattern: string, name: string): boolean {
  const source = pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replaceAll('#', '.+');
  return new RegExp(`^${source}$`).test(name);
}

function subscribed(service: EventOwner, { pattern, types = [], batched }: Handler): [string, Document][] {
  const queue = topology.subscriptionQueue(pattern, 0).replace(/\d+$/, '{shard}');
  const summary = `${service} takes it from its quorum queues ${queue}, one active consumer each`;
  const bindings = { amqp: { ack: true, ...BINDING } };
  const wanted = (patterns: readonly string[]) => NAMES.filter((name) => patterns.some((type) => takes(type, name)));
  return [...wanted(types), ...wanted(batched).map(batchOf)].map((channel) =>
    operation(service, 'receive', channel, { summary, bindings }),
  );
}

function answered(service: EventOwner, pattern: string): { channels: Document; operations: [string, Document][] } {
  const told = REQUESTS[pattern];
  if (told === undefined) throw new Error(`say in tools/generate/requests.ts what the request ${pattern} and its reply hold`);
  const queue = { name: topology.rpcQueue(pattern), durable: true, exclusive: false, autoDelete: false, vhost: '/' };
  const reply = `${pattern}.reply`;
  const properties = {
    type: 'object',
    required: ['replyTo', 'correlationId'],
    properties: { replyTo: text('amq.rabbitmq.reply-to'), correlationId: text('comes back with the reply') },
  };
  return {
    channels: {
      [pattern]: {
        address: queue.name,
        title: pattern,
        messages: { [pattern]: { name: pattern, contentType: 'application/json', headers: properties, payload: told.request } },
        bindings: { amqp: { is: 'queue', queue, ...BINDING } },
      },
      [reply]: {
        address: null,
        title: reply,
        messages: { [reply]: { name: reply, contentType: 'application/json', payload: told.reply } },
      },
    },
    operations: [
      operation(service, 'receive', pattern, {
        summary: told.summary,
        reply: { address: { location: '$message.header#/replyTo' }, channel: ref('channels', reply) },
      }),
    ],
  };
}

const byKey = (entries: readonly [string, unknown][]): Document => Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The AsyncAPI 3 document of all that goes over RabbitMQ, made from the published schemas and the services' decorators. */
export function asyncapi(): object {
  const received = (Object.keys(SERVICES) as EventOwner[]).flatMap((service) =>
    handlersOf(SERVICES[service]).map((handler) => ({ service, handler })),
  );
  const requests = received
    .filter(({ handler }) => handler.types === undefined)
    .map(({ service, handler }) => answered(service, handler.pattern));
  const sent = [
    ...NAMES.map((name) => operation(eventOwners[name], 'send', name, { summary: `${eventOwners[name]} tells of it` })),
    ...BATCHED.map((name) =>
      operation(eventOwners[name], 'send', batchOf(name), {
        summary: `${eventOwners[name]} tells of it once more, of up to ${MOST_IN_BATCH} of a shard at once; a single one comes as on ${topology.events}`,
      }),
    ),
  ];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Supping events',
      version: '1',
      description:
        'CloudEvents 1.0, AMQP binding, binary mode. At least once, in order per order id; `subject` and `sequence` show ' +
        'duplicates and gaps; what merger-worker sends is kept, but for merge.settled, and read again at its `GET /events`. Additive change only: ignore attributes you do not know. A breaking change is a new type, `…v2`. ' +
        'Names begin with `supping.` unless the deployment says otherwise.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { local: { host: 'localhost:5672', protocol: 'amqp', description: 'what `npm start` uses; a deployment has its own' } },
    channels: {
      ...byKey([
        ...NAMES.map((name): [string, Document] => [name, eventChannel(name, name, topology.events)]),
        ...BATCHED.map((name): [string, Document] => [batchOf(name), eventChannel(name, batchOf(name), topology.batches)]),
      ]),
      ...Object.assign({}, ...requests.map(({ channels }) => channels)),
    },
    operations: byKey([
      ...sent,
      ...received.filter(({ handler }) => handler.types !== undefined).flatMap(({ service, handler }) => subscribed(service, handler)),
      ...requests.flatMap(({ operations }) => operations),
    ]),
    components: {
      messages: byKey([
        ...NAMES.map((name): [string, Document] => [name, message(name)]),
        ...BATCHED.map((name): [string, Document] => [batchOf(name), batchMessage(name)]),
      ]),
      parameters: {
        shard: {
          description: 'two digits: the shard that the order id hashes to; bind `#` in its place for all',
          examples: ['00', '07'],
        },
      },
    },
  };
}

if (isMain(import.meta.url)) process.exitCode = await runGenerator([{ file: FILE, document: asyncapi() }], process.argv.slice(2));
