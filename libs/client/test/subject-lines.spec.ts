import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventType, FEED_FAMILIES, type FeedEventName } from '#contracts';
import { eventually } from '#testing';
import type { FeedEvent } from '../src/event.js';
import type { FeedPageWanted } from '../src/read-feed.js';
import { type LostEvents, SubjectLines, type SubjectLinesOptions } from '../src/subject-lines.js';
import { sequencesInMemory } from '../src/subscribe.js';

const eventOf = (subject: string, sequence: number, name: FeedEventName = 'effective-order.revised'): FeedEvent =>
  ({ id: `${subject}/${name}/${sequence}`, name, type: eventType(name), subject, sequence }) as FeedEvent;
const nameOf = ({ subject, sequence, name }: FeedEvent): string =>
  `${subject}/${sequence}${name.startsWith('supplement') ? ' outcome' : ''}`;

const opened: SubjectLines[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((lines) => lines.close()));
});

/** Lines over a feed that a test fills, and what they hand over. */
function aWorld(given: Partial<SubjectLinesOptions> = {}) {
  const feed: FeedEvent[] = [];
  const handed: string[] = [];
  const acked: string[] = [];
  const problems: string[] = [];
  const asked: FeedPageWanted[] = [];
  const lines = new SubjectLines({
    store: sequencesInMemory(),
    types: ['effective-order.revised', 'supplement.merged'],
    handle: (event) => void handed.push(nameOf(event)),
    lost: undefined,
    // Two at a time: whoever asks has to ask on.
    read: async (wanted) => {
      asked.push(wanted);
      const { subject, types, after = 0 } = wanted;
      const found = feed.map((event, n) => ({ ...event, position: n + 1 })).slice(after);
      const events = found.filter((event) => event.subject === subject && types?.includes(event.name)).slice(0, 2);
      return { events, after: events[1]?.position ?? feed.length, more: events.length === 2 };
    },
    onProblem: (error) => void problems.push(error.message),
    retryMs: [1, 2],
    ...given,
  });
  opened.push(lines);
  const take = (...events: FeedEvent[]): void => {
    for (const event of events) lines.take({ event, done: () => void acked.push(nameOf(event)) });
  };
  return { feed, handed, acked, problems, asked, lines, take };
}

describe('the lines of a subscriber', () => {
  it('given an event that was taken before, acknowledges and drops it', async () => {
    const { handed, acked, take, asked } = aWorld();
    take(eventOf('a', 1), eventOf('a', 1), eventOf('a', 2), eventOf('a', 1));
    await eventually(() => expect(acked).toEqual(['a/1', 'a/1', 'a/2', 'a/1']));
    expect([handed, asked]).toEqual([['a/1', 'a/2'], []]);
  });

  it('given a gap, fetches what is missing and hands it over first', async () => {
    const { feed, handed, acked, take } = aWorld();
    feed.push(...[1, 2, 3, 4, 5, 6].map((n) => eventOf('a', n)), eventOf('b', 1));
    take(eventOf('a', 1), eventOf('a', 6), eventOf('a', 2));
    await eventually(() => expect(acked).toEqual(['a/1', 'a/6', 'a/2']));
    expect(handed).toEqual(['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6']);
  });

  it('given families, numbers each by itself, and passes over what was not asked for without a gap', async () => {
    const { feed, handed, acked, take } = aWorld();
    feed.push(eventOf('a', 1, 'supplement.merged'), eventOf('a', 2, 'supplement.held'), eventOf('a', 3, 'supplement.merged'));
    take(eventOf('a', 1), eventOf('a', 3, 'supplement.merged'), eventOf('a', 2));
    await eventually(() => expect(acked).toHaveLength(3));
    expect(handed).toEqual(['a/1', 'a/1 outcome', 'a/3 outcome', 'a/2']);
  });

  it('given a feed that has not come so far, waits for it', async () => {
    const { feed, handed, acked, problems, take } = aWorld({ lost: () => expect(true).toBe(false) });
    take(eventOf('a', 3));
    await eventually(() => expect(problems[0]).toBe('revisions 1 to 2 of a are not in the feed yet'));
    expect(acked).toEqual([]);
    feed.push(eventOf('a', 1), eventOf('a', 2));
    await eventually(() => expect(handed).toEqual(['a/1', 'a/2', 'a/3']));
  });

  it.each([
    ['is in the feed and they are not', (feed: FeedEvent[]) => feed.push(eventOf('a', 4), eventOf('a', 5)), [[1, 3]]],
    ['never comes into the feed', () => 0, [[1, 4]]],
  ])('given missing ones that are no longer kept, says so when the event %s', async (_, fill, expected) => {
    const losses: LostEvents[] = [];
    const { feed, handed, acked, take } = aWorld({ lost: (events) => void losses.push(events) });
    fill(feed);
    take(eventOf('a', 5), eventOf('a', 6));
    await eventually(() => expect(acked).toEqual(['a/5', 'a/6']));
    expect(losses.map(({ from, to }) => [from, to])).toEqual(expected);
    expect(handed.slice(-2)).toEqual(['a/5', 'a/6']);
  });

  it('given missing ones that are no longer kept and nobody who is told, keeps the event', async () => {
    const { feed, acked, problems, take } = aWorld();
    feed.push(eventOf('a', 5));
    take(eventOf('a', 5));
    await eventually(() => expect(problems.at(-1)).toBe('revisions 1 to 4 of a are no longer kept: say in `lost` what to do'));
    expect(acked).toEqual([]);
  });

  it('given an order whose event fails, tries it again, goes on with the others, and keeps no more than its last in hand', async () => {
    let broken = true;
    const { feed, handed, acked, lines, take } = aWorld({
      handle: (event) => {
        if (event.subject === 'bad' && broken) throw new Error('not now');
        handed.push(nameOf(event));
      },
    });
    feed.push(...[1, 2, 3, 4, 5].map((n) => eventOf('bad', n)));
    take(eventOf('bad', 1));
    await eventually(() => expect(lines['options'].onProblem).toBeDefined());
    take(eventOf('good', 1));
    await eventually(() => expect(handed).toEqual(['good/1']));
    take(eventOf('bad', 2), eventOf('bad', 3), eventOf('bad', 4), eventOf('bad', 5));
    await eventually(() => expect(acked).toEqual(['good/1', 'bad/2', 'bad/3', 'bad/4']));
    broken = false;
    await eventually(() => expect(acked.slice(4)).toEqual(['bad/1', 'bad/5']));
    expect(handed.slice(1)).toEqual([1, 2, 3, 4, 5].map((n) => `bad/${n}`));
  });

  it('given an event in hand, when closed, finishes it and begins no other', async () => {
    let finish: () => void = () => undefined;
    const { acked, lines, take } = aWorld({
      // Resolves when the test says so.
      handle: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    });
    take(eventOf('a', 1), eventOf('a', 2));
    await eventually(() => expect(finish.name).toBe(''));
    const closed = lines.close();
    take(eventOf('b', 1));
    finish();
    await closed;
    expect(acked).toEqual(['a/1']);
  });

  it('given any arrivals (lost, twice, in any order, failing) of two families, hands over each event once and in order', async () => {
    const arrival = fc.record({ subject: fc.constantFrom('a', 'b'), sequence: fc.integer({ min: 1, max: 8 }), outcome: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 30 }), fc.array(fc.boolean(), { maxLength: 20 }), async (arrivals, failures) => {
        const toFail = [...failures];
        const world = aWorld({
          handle: (event) => {
            if (toFail.shift() === true) throw new Error('not now');
            world.handed.push(nameOf(event));
          },
        });
        const outcomes = ['supplement.merged', 'supplement.held', 'supplement.rejected'] as const;
        const ofLine = (subject: string, n: number, outcome: boolean): FeedEvent =>
          eventOf(subject, n, outcome ? (outcomes[n % 3] as FeedEventName) : 'effective-order.revised');
        for (let n = 1; n <= 8; n++) {
          for (const subject of ['a', 'b']) world.feed.push(ofLine(subject, n, false), ofLine(subject, n, true));
        }
        world.take(...arrivals.map(({ subject, sequence, outcome }) => ofLine(subject, sequence, outcome)));
        await eventually(() => expect(world.acked).toHaveLength(arrivals.length));
        for (const subject of ['a', 'b']) {
          for (const outcome of [false, true]) {
            const last = Math.max(
              0,
              ...arrivals.filter((one) => one.subject === subject && one.outcome === outcome).map((one) => one.sequence),
            );
            const expected = Array.from({ length: last }, (_, n) => ofLine(subject, n + 1, outcome))
              .filter(({ name }) => name === 'effective-order.revised' || name === 'supplement.merged')
              .map(nameOf);
            expect(world.handed.filter((name) => name.startsWith(subject) && name.endsWith('outcome') === outcome)).toEqual(expected);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

it('every event of the feed is in a family', () => {
  expect(new Set(Object.values(FEED_FAMILIES)).size).toBe(3);
});
