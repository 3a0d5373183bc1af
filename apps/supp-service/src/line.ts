import type { OrderFacts, OrderState } from '#order-model';

/** What supp-service keeps of an order's line of supplements, under its lock. */
export interface Line {
  /** Last sequence given, 0 for none. */
  readonly lastSequence: number;
  /** Supplements stored so far, whatever became of them. */
  readonly lastPlace: number;
  readonly accepted: number;
  readonly acceptedAfterConfirmation: number;
  /** Supplements that wait for an approval. */
  readonly waiting: number;
  /** The order's state as last heard of; `undefined` where no revision was heard of yet. */
  readonly state: OrderState | undefined;
  /** Its `requestedCompletionDate`, where one was heard of. */
  readonly dueDate: string | undefined;
}

const confirmed = ({ state }: Line): boolean => state !== undefined && state !== 'acknowledged';

/** The facts that the policy's limits are held against: what waits may still be accepted, so it counts as if it were. */
export function factsOf(line: Line): OrderFacts {
  const { accepted, acceptedAfterConfirmation, waiting, dueDate } = line;
  return {
    accepted: accepted + waiting,
    acceptedAfterConfirmation: acceptedAfterConfirmation + waiting,
    confirmed: confirmed(line),
    ...(dueDate === undefined ? {} : { dueDate }),
  };
}

/** The line with a new supplement in it, which was accepted or waits. */
export function stored(line: Line, waits: boolean): Line {
  const next = { ...line, lastPlace: line.lastPlace + 1, waiting: line.waiting + 1 };
  return waits ? next : accepted(next);
}

/** The line after one that waited was accepted: it is the last entry. */
export function accepted(line: Line): Line {
  return {
    ...enteredAgain(left(line)),
    accepted: line.accepted + 1,
    acceptedAfterConfirmation: line.acceptedAfterConfirmation + (confirmed(line) ? 1 : 0),
  };
}

/** The line after one that waited has ended. */
export function left(line: Line): Line {
  return { ...line, waiting: line.waiting - 1 };
}

/** The line with one more entry of a supplement that had one before. */
export function enteredAgain(line: Line): Line {
  return { ...line, lastSequence: line.lastSequence + 1 };
}
