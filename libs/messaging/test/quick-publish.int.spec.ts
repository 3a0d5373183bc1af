import { expect, test } from '@jest/globals';
import { type ConfirmChannel, type ConsumeMessage, connect, type Options } from 'amqplib';
import fc from 'fast-check';
import { eventually, testAmqpUrl } from '#testing';
import { publishQuickly } from '../src/quick-publish.js';
import { type Undo, undoing } from './fixtures.js';

const undo = undoing();

interface Sent {
  readonly body: Buffer;
  readonly options: Options.Publish;
}

const anyText = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 10 }));
const anyHeader = fc.oneof(
  { weight: 6, arbitrary: anyText },
  {
    weight: 4,
    arbitrary: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.integer({ min: -200, max: 200 }), fc.integer({ min: -40_000, max: 40_000 })),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.constant(1.5),
      fc.constant({ deep: [1, 'ü'] }),
      fc.constantFrom(255, 4_000, 4_096).map((size) => 'h'.repeat(size)),
    ),
  },
);
const anyOptions: fc.Arbitrary<Options.Publish> = fc.record(
  {
    headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 30 }), anyHeader, { maxKeys: 9 }),
    contentType: anyText,
    persistent: fc.boolean(),
    correlationId: anyText,
    messageId: anyText,
    mandatory: fc.boolean(),
    replyTo: fc.constantFrom('a-queue'),
    CC: fc.constantFrom('another-key'),
  },
  { requiredKeys: [] },
);
const anyBody = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constantFrom(0, 65_536, 130_000, 400_000).map((size) => Buffer.alloc(size, 'b')) },
);
const anySent: fc.Arbitrary<Sent> = fc.record({ body: anyBody, options: anyOptions });

async function givenChannels(undo: Undo): Promise<{ usual: ConfirmChannel; quick: ConfirmChannel }> {
  const model = await connect(testAmqpUrl(), { noDelay: true });
  undo(() => model.close());
  return { usual: await model.createConfirmChannel(), quick: publishQuickly(await model.createConfirmChannel()) };
}

/** What arrives on a queue of its own of what is published there. */
async function givenQueue(channel: ConfirmChannel): Promise<{ queue: string; arrived: ConsumeMessage[] }> {
  const { queue } = await channel.assertQueue('', { exclusive: true });
  const arrived: ConsumeMessage[] = [];
  await channel.consume(queue, (message) => message && arrived.push(message), { noAck: true });
  return { queue, arrived };
}

/** What a receiver sees of messages. */
const seen = (messages: readonly ConsumeMessage[]) =>
  messages.map(({ content, properties }) => ({ size: content.length, content: content.toString('base64').slice(0, 800), properties }));

test('given any messages, when published quickly, then they arrive as those of amqplib do, in the same order', async () => {
  const { usual, quick } = await givenChannels(undo);
  const [one, other] = [await givenQueue(usual), await givenQueue(quick)];
  await fc.assert(
    fc.asyncProperty(fc.array(anySent, { minLength: 1, maxLength: 8 }), async (messages) => {
      for (const [channel, { queue }] of [
        [usual, one],
        [quick, other],
      ] as const) {
        for (const { body, options } of messages) channel.publish('', queue, body, options, () => undefined);
        await channel.waitForConfirms();
      }
      await eventually(() => expect([one.arrived.length, other.arrived.length]).toEqual([messages.length, messages.length]));
      expect(seen(other.arrived.splice(0))).toEqual(seen(one.arrived.splice(0)));
    }),
    { numRuns: 100 },
  );
});

test('given a header that there is no room for, when published quickly, then it arrives in its turn', async () => {
  const { quick } = await givenChannels(undo);
  const { queue, arrived } = await givenQueue(quick);
  const headers = ['a', 'b'.repeat(64_000), 'c'].map((text) => ({ text }));
  for (const header of headers) quick.publish('', queue, Buffer.alloc(2_000, 'x'), { headers: header }, () => undefined);
  await quick.waitForConfirms();
  await eventually(() => expect(arrived.map(({ properties }) => properties.headers)).toEqual(headers));
});

test('given a text that is too long for its place, when published quickly, then amqplib says so', async () => {
  const { quick } = await givenChannels(undo);
  for (const options of [{ messageId: 'x'.repeat(256) }, { correlationId: 'x'.repeat(300) }]) {
    expect(() => quick.publish('', 'nobody-here', Buffer.from('x'), options, () => undefined)).toThrow(/up to 255/);
  }
});

test('given a mandatory message that no queue is bound for, when published quickly, then it comes back before its confirm', async () => {
  const { quick } = await givenChannels(undo);
  const told: string[] = [];
  quick.on('return', ({ properties }) => told.push(`returned ${String(properties.correlationId)}`));
  quick.publish('', 'nobody-here', Buffer.from('x'), { mandatory: true, correlationId: '7' }, (error) =>
    told.push(`confirmed ${String(error)}`),
  );
  await quick.waitForConfirms();
  expect(told).toEqual(['returned 7', 'confirmed null']);
});

test('given a message published in the turn in which its channel is closed, then it is sent before; afterwards publishing throws', async () => {
  const { usual, quick } = await givenChannels(undo);
  const { queue, arrived } = await givenQueue(usual);
  quick.publish('', queue, Buffer.from('last'), {}, () => undefined);
  const closing = quick.close();
  expect(() => quick.publish('', queue, Buffer.from('too late'), {}, () => undefined)).toThrow(/clos/i);
  await closing;
  await eventually(() => expect(arrived.map(({ content }) => String(content))).toEqual(['last']));
});

test('given a channel that the broker closes, when something is published in the same turn, then it is told so', async () => {
  const { quick } = await givenChannels(undo);
  quick.on('error', () => undefined);
  const answers: (string | undefined)[] = [];
  quick.publish('no-such-exchange', 'x', Buffer.from('x'), {}, (error) => answers.push((error as Error | null)?.message));
  quick.publish('', 'nobody-here', Buffer.from('x'), {}, (error) => answers.push((error as Error | null)?.message));
  await eventually(() => expect(answers).toEqual(['channel closed', 'channel closed']));
});
