import { assertDiyHistory, assertHistory, outboxEmpty } from '../history.js';
import { Consumer } from '../load/consumer.js';
import { Callers, times, type Work } from '../load/load.js';
import { Ledger } from '../load/requests.js';
import { Deployment } from './deployment.js';
import type { Servers } from './servers.js';
import type { Service } from './service.js';

const FOR_EVER_MS = 600_000;
/** Accepted and not yet consumed, beyond which no more are sent: a pace that can be kept up, nothing left behind. */
const IN_FLIGHT = 2_000;

/** Whoever takes orders and supplements and tells of revised orders: ours, or the one-week way. */
export interface Contestant {
  readonly deployment: Deployment;
  readonly ledger: Ledger;
  readonly consumer: Consumer;
  /** Takes supplements. */
  readonly door: Callers;
  readonly orderIds: string[];
  readonly merger: Service;
  /** Places orders and waits until each has its first revision. */
  place(count: number, items: number): Promise<void>;
  /** Waits until nothing is left in any outbox. */
  published(): Promise<void>;
  /** Waits for rest, holds the history against what was answered, and ends it all. @throws Error saying what is wrong */
  finish(): Promise<void>;
}

interface Ports {
  readonly orders: number;
  readonly supplements: number;
}

async function contestant(
  deployment: Deployment,
  exchange: string,
  { orders, supplements }: Ports,
  merger: Service,
  rest: Pick<Contestant, 'published'> & { readonly check: (ledger: Ledger, consumer: Consumer) => Promise<void> },
): Promise<Contestant> {
  const ledger = new Ledger();
  const orderIds: string[] = [];
  const consumer = await Consumer.open(deployment.amqpUrl, `${deployment.prefix}consumer`, exchange, deployment.servers.signal);
  const door = new Callers(supplements);
  deployment.beforeClose(() => consumer.close());
  return {
    deployment,
    ledger,
    consumer,
    door,
    orderIds,
    merger,
    published: rest.published,
    place: async (count, items) => {
      const callers = new Callers(orders);
      const told = consumer.messages.length;
      await callers.ask(
        FOR_EVER_MS,
        times(count, () => ledger.order(items, (id) => orderIds.push(id))),
      );
      assertNoneRefused(ledger);
      await consumer.reached(told + count);
      await rest.published();
    },
    finish: async () => {
      assertNoneRefused(ledger);
      await rest.check(ledger, consumer);
      await deployment.close();
    },
  };
}

/** @throws Error when a request was turned away: then the rate is not that of accepted ones */
function assertNoneRefused({ refused }: Ledger): void {
  if (refused.size > 0)
    throw new Error(`answers that were no 201: ${[...refused].map(([status, times]) => `${status} × ${times}`).join()}`);
}

/** All three services of ours. */
export async function openOurs(servers: Servers, name: string): Promise<Contestant> {
  const deployment = await Deployment.open(servers, name);
  try {
    await deployment.ours('order-service', 'supp-service', 'merger-worker');
    await assertConfirming(servers);
    const ports = { orders: deployment.service('order-service').port, supplements: deployment.service('supp-service').port };
    return await contestant(deployment, `${name}.events`, ports, deployment.service('merger-worker'), {
      published: async () => {
        for (const schema of ['order_service', 'supp_service', 'merger_worker']) await outboxEmpty(deployment, `${schema}.outbox`);
      },
      check: (ledger, consumer) => assertHistory(deployment, ledger.operations, consumer.messages),
    });
  } catch (error) {
    await deployment.close();
    throw error;
  }
}

/** Both processes of the one-week way. */
export async function openDiy(servers: Servers, name: string): Promise<Contestant> {
  const deployment = await Deployment.open(servers, name);
  try {
    const main = 'bench/baselines/diy/main.js';
    const supp = await deployment.process('diy-supp', main, 'supp');
    const merger = await deployment.process('diy-merger', main, 'merger');
    const ports = { orders: supp.port, supplements: supp.port };
    return await contestant(deployment, `${name}.diy`, ports, merger, {
      published: async () => void (await outboxEmpty(deployment, 'diy_outbox')),
      check: async (ledger, consumer) => {
        const orders = ledger.operations.filter(({ kind }) => kind === 'order').length;
        await consumer.reached(ledger.accepted);
        await outboxEmpty(deployment, 'diy_outbox');
        await assertDiyHistory(deployment, ledger.accepted - orders, consumer.messages);
      },
    });
  } catch (error) {
    await deployment.close();
    throw error;
  }
}

/** The least that there can be, in as many processes as ours. Nothing is checked of it but that everything comes through. */
export async function openBare(servers: Servers, name: string): Promise<Contestant> {
  const deployment = await Deployment.open(servers, name);
  try {
    const [door, merger] = [await bareProcess(deployment, 'door'), await bareProcess(deployment, 'merger')];
    await bareProcess(deployment, 'follower');
    return await contestant(deployment, `${name}.bare`, { orders: door.port, supplements: door.port }, merger, {
      published: async () => void (await outboxEmpty(deployment, 'bare_outbox')),
      check: (ledger, consumer) => consumer.reached(ledger.accepted),
    });
  } catch (error) {
    await deployment.close();
    throw error;
  }
}

function bareProcess(deployment: Deployment, role: string): Promise<Service> {
  return deployment.process(`bare-${role}`, 'bench/baselines/bare.js', role);
}

/** @throws Error unless the publishers wait for the broker's confirms and their queues are quorum queues */
async function assertConfirming({ rabbit }: Servers): Promise<void> {
  const list = async (what: string, ...columns: string[]) =>
    JSON.parse(await rabbit.alive.control(what, '--formatter', 'json', ...columns)) as Record<string, unknown>[];
  const channels = await list('list_channels', 'name', 'confirm');
  if (!channels.some(({ confirm }) => confirm === true)) throw new Error('no channel has confirms on; a run without them says nothing');
  const other = (await list('list_queues', 'name', 'type', 'exclusive')).filter(
    ({ type, exclusive }) => type !== 'quorum' && exclusive !== true,
  );
  if (other.length > 0) throw new Error(`no quorum queues: ${other.map(({ name }) => name).join()}`);
}

/**
 * Gives somebody a turn with the others' processes stopped. An idle one-week way asks for its outbox twenty times a
 * second, over all that it has deleted and nobody has vacuumed: 20 to 60 of the µs that PostgreSQL has for one of our supplements.
 */
export async function aside<T>(others: readonly Contestant[], turn: () => Promise<T>): Promise<T> {
  const pause = (paused: boolean): void => {
    for (const { deployment } of others) for (const service of deployment.services) service.pause(paused);
  };
  pause(true);
  try {
    return await turn();
  } finally {
    pause(false);
  }
}

/** Gives one of these a turn, or somebody else where it is none of them, with all the others aside. */
export function alone<T>(all: readonly Contestant[], mine: Contestant | undefined, turn: () => Promise<T>): Promise<T> {
  return aside(
    all.filter((one) => one !== mine),
    turn,
  );
}

/** Has all of them do at once what is not measured. */
export async function sideBySide(contestants: readonly Contestant[], work: (contestant: Contestant) => Promise<void>): Promise<void> {
  await Promise.all(contestants.map(work));
}

/** Has those whose merger was stopped merge what their doors took, and ends them, as `finish` does. */
export function mergeAndFinish(contestants: readonly Contestant[]): Promise<void> {
  return sideBySide(contestants, async (contestant) => {
    await contestant.merger.start();
    await contestant.finish();
  });
}

/** Supplements to these orders in turn, one item after the other, for ever; each may tell its id. */
export function supplementsTo({ ledger, orderIds }: Contestant, items: number): (taken?: (supplementId: string) => void) => Work {
  let turn = 0;
  return (taken) => {
    turn += 1;
    return ledger.supplement(orderIds[turn % orderIds.length] as string, items, taken);
  };
}

/**
 * The door alone: sends for a while, and waits until nothing of what was accepted is left to publish.
 * @param callers at another door of its than that for supplements
 * @returns how many a second were accepted
 */
export async function atTheDoor(contestant: Contestant, durationMs: number, next: () => Work, callers = contestant.door): Promise<number> {
  const rate = await callers.ask(durationMs, next);
  await contestant.published();
  return rate;
}

/**
 * The whole way: sends for a while, never more than can be consumed, and waits until all of it is.
 * @returns supplements a second that were accepted, merged, published and consumed
 */
export async function wholeWay(contestant: Contestant, durationMs: number, next: () => Work | undefined): Promise<number> {
  const { ledger, consumer, door } = contestant;
  const [before, accepted] = [consumer.messages.length, ledger.accepted];
  const inFlight = (): number => ledger.accepted - accepted - (consumer.messages.length - before);
  const began = performance.now();
  await door.ask(durationMs, async () => {
    while (inFlight() >= IN_FLIGHT) await consumer.another();
    return next();
  });
  const count = ledger.accepted - accepted;
  await consumer.reached(before + count);
  return (1_000 * count) / (performance.now() - began);
}
