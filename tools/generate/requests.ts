type Schema = Readonly<Record<string, unknown>>;

/** A request over RabbitMQ that a service answers. */
export interface Request {
  readonly summary: string;
  readonly request: Schema;
  readonly reply: Schema;
}

const failure: Schema = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } };

const instant: Schema = { type: 'string', format: 'date-time' };

/** The answer comes wrapped: `ok` and the response, or not and why. */
function wrapped(response: Schema): Schema {
  return { type: 'object', required: ['ok'], properties: { ok: { type: 'boolean' }, response, error: failure } };
}

function resend(summary: string): Request {
  return {
    summary,
    request: {
      type: 'object',
      required: ['orderId', 'from', 'to'],
      properties: { orderId: { type: 'string' }, from: { type: 'integer', minimum: 1 }, to: { type: 'integer', minimum: 0 } },
    },
    reply: wrapped({
      type: 'object',
      required: ['orderId', 'found', 'head', 'events'],
      properties: {
        orderId: { type: 'string' },
        found: { type: 'boolean' },
        head: { type: 'integer', minimum: 0, description: 'the last number given, 0 for none' },
        events: {
          type: 'array',
          items: { type: 'object', description: 'a CloudEvent with its data, as it was published first' },
          description: 'from `from` on, at most 1,000 or what of them fits a message: ask on from the last',
        },
      },
    }),
  };
}

function heads(summary: string): Request {
  return {
    summary,
    request: {
      type: 'object',
      required: ['limit'],
      properties: {
        after: { type: 'string', description: '`next` of the page before' },
        limit: { type: 'integer', minimum: 1, maximum: 1000 },
        changedSince: { ...instant, description: 'only those that changed since, and some that did shortly before' },
      },
    },
    reply: wrapped({
      type: 'object',
      required: ['heads', 'at'],
      properties: {
        heads: {
          type: 'array',
          items: {
            type: 'object',
            required: ['orderId', 'head'],
            properties: { orderId: { type: 'string' }, head: { type: 'integer', minimum: 1 } },
          },
          description: 'the longest unchanged first',
        },
        next: { type: 'string', description: 'where the next page begins; absent: there is none' },
        at: { ...instant, description: "the owner's clock before it read them" },
      },
    }),
  };
}

/** What is asked and answered, by pattern. */
export const REQUESTS: Readonly<Record<string, Request>> = {
  'order.resend': resend('Versions of an order are wanted again; an empty range only asks for its last version'),
  'order.heads': heads('Last versions of orders are wanted, to be compared with what was merged of them'),
  'supplement.resend': resend("Entries of an order's line of supplements are wanted again; an empty range only asks for the last sequence"),
  'supplement.heads': heads('Last sequences of orders are wanted, to be compared with what was merged of them'),
  'effective-order.revision': {
    summary: 'A revision of an effective order is wanted, for the revert of the supplement that made it',
    request: {
      type: 'object',
      required: ['orderId', 'revision'],
      properties: { orderId: { type: 'string' }, revision: { type: 'integer', minimum: 1 } },
    },
    reply: wrapped({
      type: ['object', 'null'],
      description: 'the revision as it was made, null where the order has not come to it',
    }),
  },
};
