import type { MergeInput } from '#order-model';

/** An input with the order it belongs to. */
export interface Arrival {
  readonly orderId: string;
  readonly input: MergeInput;
}

export type Line = 'version' | 'supplement';

/** Which of the order's two lines an input stands in, and where. */
export function placeOf(input: MergeInput): { line: Line; number: number } {
  switch (input.kind) {
    case 'orderCreated':
    case 'amendment':
    case 'progress':
      return { line: 'version', number: input.version };
    case 'supplement':
      return { line: 'supplement', number: input.sequence };
    default:
      return input satisfies never;
  }
}

/** Last number taken of each line. */
export interface Taken {
  readonly version: number;
  readonly sequence: number;
}

export interface LinePlan {
  /** Inputs to merge now, in this order. `stored`: it waited in the gap buffer. */
  readonly ready: readonly { readonly input: MergeInput; readonly stored: boolean }[];
  /** Early arrivals to put in the gap buffer. */
  readonly parked: readonly MergeInput[];
  /** Numbers of the gap buffer that go on waiting. */
  readonly stillWaiting: number;
}

/** Whether it is the one that its line waits for: of most orders a batch has one input, and it is that. */
function isNext({ version, sequence }: Taken, input: MergeInput): boolean {
  const { line, number } = placeOf(input);
  return line === 'version' ? number === version + 1 : version > 0 && number === sequence + 1;
}

/**
 * What an order's two input lines have ready: each line in its own order without gaps, between the lines the order of
 * arrival (`waiting` arrived before `arrived`). Supplements wait for the order's creation. Duplicates change nothing.
 */
export function planLine(taken: Taken, waiting: readonly MergeInput[], arrived: readonly MergeInput[]): LinePlan {
  const [only] = arrived;
  if (only !== undefined && arrived.length === 1 && waiting.length === 0 && isNext(taken, only)) {
    return { ready: [{ input: only, stored: false }], parked: [], stillWaiting: 0 };
  }
  const early = new Map<string, { input: MergeInput; stored: boolean }>();
  const ready: { input: MergeInput; stored: boolean }[] = [];
  let { version, sequence } = taken;

  const key = (line: Line, number: number): string => `${line} ${number}`;
  const next = () => early.get(key('version', version + 1)) ?? (version > 0 ? early.get(key('supplement', sequence + 1)) : undefined);
  const offer = (input: MergeInput, stored: boolean) => {
    const { line, number } = placeOf(input);
    if (number <= (line === 'version' ? version : sequence) || early.has(key(line, number))) return;
    early.set(key(line, number), { input, stored });
    for (let one = next(); one !== undefined; one = next()) {
      const place = placeOf(one.input);
      early.delete(key(place.line, place.number));
      if (place.line === 'version') version = place.number;
      else sequence = place.number;
      ready.push(one);
    }
  };

  for (const input of waiting) offer(input, true);
  for (const input of arrived) offer(input, false);
  const left = [...early.values()];
  return {
    ready,
    parked: left.filter(({ stored }) => !stored).map(({ input }) => input),
    stillWaiting: left.filter(({ stored }) => stored).length,
  };
}
