import type { JsonObject } from '#order-model';
import type { Random } from '../random.js';
import { type LivingOrder, newOrder, someAmendment, someProgress, someSupplement } from './bodies.js';
import type { Client } from './client.js';
import { type Answer, type Ask, leavesOpen, type Operation, type OperationKind } from './operation.js';

const TMF = '/tmf-api/productOrderingManagement/v4/productOrder';

/** Every request of a run, made, asked until it is known, and kept for the checker. */
export class Requests {
  readonly operations: Operation[] = [];
  /** Answers that no caller should get: a retry told otherwise than the first time, a body taken that is none. */
  readonly wrongAnswers: string[] = [];

  constructor(
    readonly client: Client,
    private readonly now: () => number,
  ) {}

  /** Places an order. */
  async order(marker: string): Promise<LivingOrder | undefined> {
    const operation = this.begin('order', marker, undefined);
    const answer = await this.finish(operation, {
      service: 'order-service',
      method: 'POST',
      path: TMF,
      body: newOrder(marker),
      headers: { 'idempotency-key': marker },
    });
    if (answer.status !== 201) return undefined;
    operation.told = String(answer.body.id);
    operation.orderId = operation.told;
    return { id: operation.told, added: [] };
  }

  /** Submits a supplement under an id of its own, under a retry key, or under both. */
  async supplement(random: Random, order: LivingOrder, marker: string, given?: JsonObject): Promise<Operation> {
    const operation = this.begin('supplement', marker, order.id);
    const body = { ...(given ?? someSupplement(random, order, marker)), reason: { text: marker } };
    const how = random.below(3);
    const ask: Ask = {
      service: 'supp-service',
      method: 'POST',
      path: `/orders/${order.id}/supplements`,
      body: how === 1 ? body : { id: random.uuid(), ...body },
      headers: how === 0 ? {} : { 'idempotency-key': marker },
    };
    const answer = await this.finish(operation, ask);
    if (answer.status !== 201) return operation;
    operation.told = String(answer.body.id);
    if (random.chance(0.1)) await this.again(ask, answer);
    if (random.chance(0.03)) await this.otherwise(ask);
    return operation;
  }

  /** Amends the base order; `If-Match` makes asking again safe, the version that follows says whether it was ours. */
  async amendment(random: Random, order: LivingOrder, marker: string): Promise<void> {
    const seen = await this.client.askUntilKnown({ service: 'order-service', method: 'GET', path: `${TMF}/${order.id}` });
    const { etag } = seen.answer;
    if (seen.answer.status !== 200 || etag === undefined) return;
    const operation = this.begin('amendment', marker, order.id);
    const answer = await this.finish(operation, {
      service: 'order-service',
      method: 'PATCH',
      path: `${TMF}/${order.id}?reason=${marker}${random.chance(0.3) ? '&basedOnRevision=1' : ''}`,
      body: someAmendment(random, marker),
      headers: { 'if-match': etag },
    });
    const version = Number(etag.replaceAll('"', '')) + 1;
    if (answer.status === 200) operation.told = String(version);
    if (answer.status === 412 && operation.attempts > 1) await this.whoseIs(operation, order.id, version);
  }

  async progress(random: Random, order: LivingOrder, marker: string): Promise<void> {
    const operation = this.begin('progress', marker, order.id);
    const answer = await this.finish(operation, {
      service: 'order-service',
      method: 'POST',
      path: `/orders/${order.id}/progress`,
      body: someProgress(random, order, marker),
      headers: { 'idempotency-key': marker },
    });
    if (answer.status === 201) operation.told = String(answer.body.version);
  }

  /** Asks for what is refused at the door, whatever happens. */
  async refused(random: Random, order: LivingOrder, marker: string): Promise<void> {
    const [path, body] = random.pick<readonly [string, JsonObject | string]>([
      [`/orders/${order.id}/supplements`, { category: 'whim', changes: {}, reason: { text: marker } }],
      [`/orders/${order.id}/supplements`, `{"category": "${marker}`],
      [
        `/orders/${order.id}/supplements`,
        { category: 'correction', changes: { note: [{ id: 'a' }, { id: 'a' }] }, reason: { text: marker } },
      ],
    ]);
    const operation = this.begin('supplement', marker, undefined);
    const answer = await this.finish(operation, {
      service: 'supp-service',
      method: 'POST',
      path,
      body,
      headers: { 'idempotency-key': marker },
    });
    if (answer.status === 201) operation.told = String(answer.body.id);
  }

  private begin(kind: OperationKind, marker: string, orderId: string | undefined): Operation {
    const operation: Operation = { kind, marker, orderId, outcome: 'unknown', status: 0, askedAt: this.now(), attempts: 0 };
    this.operations.push(operation);
    return operation;
  }

  private async finish(operation: Operation, ask: Ask): Promise<Answer> {
    const { answer, attempts } = await this.client.askUntilKnown(ask);
    operation.attempts = attempts;
    operation.status = answer.status;
    operation.answeredAt = this.now();
    if (!leavesOpen(answer)) operation.outcome = answer.status < 300 ? 'accepted' : 'refused';
    return answer;
  }

  private async again(ask: Ask, first: Answer): Promise<void> {
    const { answer } = await this.client.askUntilKnown(ask);
    if (leavesOpen(answer) || (answer.body.id === first.body.id && answer.body.sequence === first.body.sequence)) return;
    this.wrongAnswers.push(`retry of ${first.body.id} (sequence ${first.body.sequence}): ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  private async otherwise(ask: Ask): Promise<void> {
    const body = { ...(ask.body as JsonObject), category: 'correction', externalId: 'other' };
    const { answer } = await this.client.askUntilKnown({ ...ask, body });
    if (answer.status !== 422 && !leavesOpen(answer)) this.wrongAnswers.push(`another body under the same id or key: ${answer.status}`);
  }

  private async whoseIs(operation: Operation, orderId: string, version: number): Promise<void> {
    const path = `/orders/${orderId}/versions/${version}`;
    const { answer } = await this.client.askUntilKnown({ service: 'order-service', method: 'GET', path });
    const ours = (answer.body.reason as JsonObject | undefined)?.text === operation.marker;
    if (answer.status !== 200) operation.outcome = 'unknown';
    else if (ours) Object.assign(operation, { outcome: 'accepted', told: String(version) });
  }
}
