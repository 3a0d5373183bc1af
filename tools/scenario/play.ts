import type { JsonObject, Revision } from '#order-model';
import { madeBy } from './check-steps.js';
import { type Downstream } from './downstream.js';
import {
  type Difference,
  type EffectiveView,
  effectiveDifferences,
  gaplessDifferences,
  inOneLine,
  type StepOutcome,
  stepDifferences,
} from './expectation.js';
import type { Play } from './play-context.js';
import { recordDifferences, toldDifferences } from './record.js';
import { checkLines, differenceLines, revisionLines, stepLabel, unmergedLines } from './render.js';
import { CHECKS, type Scenario, type Step } from './scenario.js';
import { problemsOf, ServiceError, type Services } from './services.js';
import { playStep, TMF, versionMerged } from './steps.js';
import type { Patience } from './waiting.js';

export interface Stage {
  readonly services: Services;
  readonly downstream: Downstream;
  readonly patience: Patience;
  readonly print: (lines: readonly string[]) => void;
}

/** Plays one scenario from its order to its effective order. @returns whether all was as expected; prints all it meets */
export async function playScenario(stage: Stage, scenario: Scenario): Promise<boolean> {
  stage.downstream.forget();
  try {
    const performance = new Performance(stage, scenario);
    return await performance.run();
  } catch (error) {
    stage.print([`  ✘ ${(error as Error).message}`]);
    return false;
  }
}

class Performance {
  private good = true;
  /** Revisions that have been printed. */
  private shown = 0;

  constructor(
    private readonly stage: Stage,
    private readonly scenario: Scenario,
  ) {}

  async run(): Promise<boolean> {
    const { scenario, stage } = this;
    const play = await this.placeOrder();
    for (const [index, step] of scenario.steps.entries()) await this.take(play, step, index);
    const view = await this.effective(play);
    this.differ(effectiveDifferences(scenario.effective, view));
    await this.checkRecord(play, view);
    if (this.good) stage.print([`  ✔ as expected: revision ${view.revision}, ${view.state}`]);
    return this.good;
  }

  private async placeOrder(): Promise<Play> {
    const { services, patience, print } = this.stage;
    const answer = await services.call('order-service', 'POST', `${TMF}/productOrder`, this.scenario.order);
    const orderId = (answer.body as JsonObject | undefined)?.id;
    if (answer.status !== 201 || typeof orderId !== 'string') {
      throw new ServiceError(`the order was refused: ${inOneLine(problemsOf(answer.body, answer.status))}`);
    }
    print([`  order ${orderId}`]);
    const play: Play = { services, patience, orderId, ids: new Map(), supplements: new Map() };
    await this.received(play, (await versionMerged(play, 1)).revision);
    return play;
  }

  private async take(play: Play, step: Step, index: number): Promise<void> {
    const label = stepLabel(step, index);
    const told = await playStep(play, step);
    const outcome = CHECKS.has(step.kind) ? told : await this.follow(play, step, told, label);
    if (outcome === told) this.stage.print((CHECKS.has(step.kind) ? checkLines : unmergedLines)(label, told));
    this.differ(stepDifferences(step.expect, outcome), label);
  }

  /** A step's outcome with what the revision it made says, once everybody has that; the same where it made none. */
  private async follow(play: Play, step: Step, told: StepOutcome, label: string): Promise<StepOutcome> {
    const { revision } = told;
    if (revision === undefined) return told;
    const again = revision <= this.shown;
    const event = await this.received(play, revision, step.name ?? supplementName(step));
    if (again) this.stage.print([`  ${label}: ${told.state}; was merged before, as revision ${revision}`]);
    await this.heardOf(play, revision);
    return { ...told, ...madeBy(event), state: told.state === '' ? event.state : told.state };
  }

  /** Waits until downstream has a revision; prints it and those before it that were not yet. */
  private async received(play: Play, revision: number, name?: string): Promise<Revision> {
    const { downstream, patience, print } = this.stage;
    const event = await patience.until(`downstream to receive revision ${revision} of order ${play.orderId}`, () =>
      downstream.line(play.orderId).events.get(revision),
    );
    for (let next = this.shown + 1; next <= revision; next += 1) {
      const one = downstream.line(play.orderId).events.get(next);
      if (one !== undefined) print(revisionLines(one, next === revision ? name : undefined));
    }
    this.shown = Math.max(this.shown, revision);
    return event;
  }

  /**
   * Waits until order-service shows the state and the cancelled items of this revision, so that a refusal that the next
   * step depends on does not depend on timing. (supp-service has told a supplement's outcome itself; what it has not
   * heard of it accepts, and the merger refuses: the same to a scenario.)
   */
  private async heardOf(play: Play, revision: number): Promise<void> {
    const { services, patience } = this.stage;
    const { state, order } = await this.effective(play);
    const cancelled = itemsOf(order as JsonObject).filter((item) => item.state === 'cancelled');
    await patience.until(`order-service to show revision ${revision} of order ${play.orderId} (${state})`, async () => {
      const shown = (await services.read('order-service', `${TMF}/productOrder/${encodeURIComponent(play.orderId)}`))?.body;
      const states = new Map(itemsOf(shown ?? {}).map((item) => [item.id, item.state]));
      const same = shown?.state === state && cancelled.every(({ id }) => (states.get(id ?? null) ?? 'cancelled') === 'cancelled');
      return same ? true : undefined;
    });
  }

  private async effective(play: Play): Promise<EffectiveView> {
    const view = await this.stage.services.read('merger-worker', `/effective-orders/${encodeURIComponent(play.orderId)}`);
    if (view === undefined) throw new ServiceError(`merger-worker knows no effective order ${play.orderId}`);
    return view.body as unknown as EffectiveView;
  }

  private async checkRecord(play: Play, view: EffectiveView): Promise<void> {
    const { services, downstream } = this.stage;
    const path = `/effective-orders/${encodeURIComponent(play.orderId)}/revisions`;
    const revisions = (await services.readAll('merger-worker', path)) as unknown as Revision[];
    const numbers = revisions.map(({ revision }) => revision);
    const { events } = downstream.line(play.orderId);
    this.differ([
      ...gaplessDifferences('at the merger', numbers, view.revision),
      ...gaplessDifferences('seen downstream', [...events.keys()], view.revision),
      ...toldDifferences(revisions, events),
      ...recordDifferences(this.scenario.order, revisions, view.order as JsonObject),
    ]);
  }

  private differ(differences: readonly Difference[], where?: string): void {
    if (differences.length > 0) this.good = false;
    for (const difference of differences) this.stage.print(differenceLines(difference, where));
  }
}

/** What the supplement is called that a step is about. */
function supplementName(step: Step): string | undefined {
  const named = step.kind === 'resolve' ? step.body.supplement : step.body;
  return typeof named === 'string' ? named : undefined;
}

function itemsOf(order: JsonObject): JsonObject[] {
  return Array.isArray(order.productOrderItem) ? (order.productOrderItem as JsonObject[]) : [];
}
