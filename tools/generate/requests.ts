type Schema = Readonly<Record<string, unknown>>;

/** A request over RabbitMQ that a service answers. */
export interface Request {
  readonly summary: string;
  readonly request: Schema;
  readonly reply: Schema;
}

const failure: Schema = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } };

/** What is asked and answered, by pattern. The answer comes wrapped: `ok` and the response, or not and why. */
export const REQUESTS: Readonly<Record<string, Request>> = {
  'order.resend': {
    summary: 'Versions of an order are wanted again; an empty range only asks whether there is such an order',
    request: {
      type: 'object',
      required: ['orderId', 'from', 'to'],
      properties: { orderId: { type: 'string' }, from: { type: 'integer', minimum: 1 }, to: { type: 'integer', minimum: 0 } },
    },
    reply: {
      type: 'object',
      required: ['ok'],
      properties: {
        ok: { type: 'boolean' },
        response: {
          type: 'object',
          required: ['orderId', 'found', 'events'],
          properties: {
            orderId: { type: 'string' },
            found: { type: 'boolean' },
            events: { type: 'array', items: { type: 'object', description: 'CloudEvents with their data, at most 1,000' } },
          },
        },
        error: failure,
      },
    },
  },
  'effective-order.revision': {
    summary: 'A revision of an effective order is wanted, for the revert of the supplement that made it',
    request: {
      type: 'object',
      required: ['orderId', 'revision'],
      properties: { orderId: { type: 'string' }, revision: { type: 'integer', minimum: 1 } },
    },
    reply: {
      type: 'object',
      required: ['ok'],
      properties: {
        ok: { type: 'boolean' },
        response: { type: ['object', 'null'], description: 'the revision as it was made, null where the order has not come to it' },
        error: failure,
      },
    },
  },
};
