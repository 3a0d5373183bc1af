import { type ChannelModel, connect } from 'amqplib';
import { check } from './check/checker.js';
import type { Finding } from './check/evidence.js';
import type { World } from './faults/fault.js';
import { faults } from './faults/index.js';
import type { FaultName } from './faults/names.js';
import { Load } from './load/load.js';
import { FULL_MINUTES, type Options } from './options.js';
import { plan } from './plan.js';
import { probe, probeOrders } from './probes.js';
import { type Random, seeded } from './random.js';
import { comeToRest, gather } from './rest.js';
import { SABOTAGES } from './sabotage.js';
import { openStage, type Stage } from './stage.js';
import { pause } from './waiting.js';

/** One fault as it was made. */
export interface Made {
  readonly name: FaultName;
  readonly from: number;
  to: number;
  /** Seconds until everything was accepted and merged again; nothing where it never was. */
  recovery: number | undefined;
  /** Why it could not be made, or what did not come back. */
  trouble: string | undefined;
}

/** What a run came to. */
export interface Outcome {
  readonly seed: number;
  readonly made: readonly Made[];
  readonly findings: readonly Finding[];
  readonly accepted: number;
  readonly refused: number;
  readonly merged: number;
  readonly revisions: number;
  readonly events: number;
  /** Seconds until nothing was under way any more. */
  readonly rest: number | undefined;
  /** Most that one process of a service held, MiB. */
  readonly mostMemory: number;
}

const PER_SECOND = 30;
const MOST_MEMORY_MIB = 600;
/** Whatever the clock says, a run makes no further fault after this. */
const LAST_FAULT_MS = 15.5 * 60_000;

/** Runs the load, the faults and the checker. */
export async function run(root: string, options: Options, signal: AbortSignal, say: (line: string) => void): Promise<Outcome> {
  const { seed, singleNode, sabotage } = options;
  const began = Date.now();
  const random = seeded(seed);
  const stage = await openStage({ root, nodes: singleNode ? 1 : 3, sabotage, signal, say });
  try {
    const probes = await probeOrders(stage.requests);
    const load = new Load(stage.requests, random.fork('load'), PER_SECOND, signal);
    load.start();
    stage.follower.start();
    const expectedDeadLetters = new Set<string>();
    const world: Omit<World, 'later' | 'broker'> = { ...stage, load, probes, expectedDeadLetters, signal, nextNumber: counter() };
    await pause(3_000, signal);
    const made = await makeFaults(world, options, random, began, say);
    await load.stop();
    say('Waiting for everything to come to rest …');
    const rest = await comeToRest(stage, signal);
    await stage.follower.stop();
    say('Checking …');
    const evidence = await gather(stage, expectedDeadLetters, signal);
    const accepted = stage.requests.operations.filter(({ outcome }) => outcome === 'accepted').length;
    return {
      seed,
      made,
      findings: [...check(evidence), ...otherFindings(stage, made, rest)],
      accepted,
      refused: stage.requests.operations.filter(({ outcome }) => outcome === 'refused').length,
      merged: evidence.inputs.filter(({ ordinal }) => ordinal !== null).length,
      revisions: evidence.revisions.length,
      events: evidence.seen.length,
      rest: rest === undefined ? undefined : rest / 1_000,
      mostMemory: Math.round(stage.fleet.mostMemory / 1_048_576),
    };
  } finally {
    say('Ending the services and servers …');
    await stage.close();
  }
}

function counter(): () => number {
  let number = 0;
  return () => {
    number += 1;
    return number;
  };
}

async function makeFaults(
  world: Omit<World, 'later' | 'broker'>,
  { minutes, only, sabotage }: Options,
  random: Random,
  began: number,
  say: (line: string) => void,
): Promise<Made[]> {
  const made: Made[] = [];
  const wanted = sabotage === undefined ? only : SABOTAGES[sabotage].faults;
  const full = minutes >= FULL_MINUTES || wanted !== undefined;
  const end = Date.now() + minutes * 60_000;
  for (const { name, again } of plan(random.fork('plan'), wanted)) {
    // What was asked for by name is made once; else each once, and then whichever until the time is over.
    if (again && wanted !== undefined) break;
    if (Date.now() > end && (again || !full)) break;
    if (Date.now() - began > LAST_FAULT_MS) break;
    made.push(await makeFault(world, name, random.fork(`fault ${made.length}`), made.length, say));
  }
  return made;
}

async function makeFault(
  given: Omit<World, 'later' | 'broker'>,
  name: FaultName,
  random: Random,
  number: number,
  say: (line: string) => void,
): Promise<Made> {
  const pending: Promise<unknown>[] = [];
  const connections: ChannelModel[] = [];
  const world: World = {
    ...given,
    later: (work) => {
      work.catch(() => undefined);
      pending.push(work);
    },
    broker: async () => {
      const model = await connect(given.rabbit.alive.url, { noDelay: true, timeout: 5_000 });
      model.on('error', () => undefined);
      connections.push(model);
      return model;
    },
  };
  const one: Made = { name, from: Date.now(), to: 0, recovery: undefined, trouble: undefined };
  try {
    await faults[name].inject(world, random);
    one.to = Date.now();
    one.recovery = (await probe(world, random, `probe-${number}`)) / 1_000;
    await Promise.all(pending);
  } catch (error) {
    world.signal.throwIfAborted();
    one.trouble = (error as Error).message;
  } finally {
    for (const model of connections) await model.close().catch(() => undefined);
  }
  one.to ||= Date.now();
  const lasted = ((one.to - one.from) / 1_000).toFixed(1);
  say(
    `${String(number + 1).padStart(3)}  ${name.padEnd(42)} ${lasted.padStart(6)} s   ${one.trouble ?? `back after ${one.recovery?.toFixed(1)} s`}`,
  );
  return one;
}

/** What is wrong beside what the ledgers say. */
function otherFindings({ fleet, requests, recorder, follower }: Stage, made: readonly Made[], rest: number | undefined): Finding[] {
  const troubles = made.flatMap(({ name, trouble, from }) => (trouble === undefined ? [] : [{ what: `${name}: ${trouble}`, at: from }]));
  const all = [
    ...troubles,
    ...fleet.crashes.map((what) => ({ what })),
    ...requests.client.failures.map((what) => ({ what: `answered 500: ${what}` })),
    ...[...requests.wrongAnswers, ...recorder.broken, ...follower.broken].map((what) => ({ what })),
    ...(rest === undefined ? [{ what: 'it never came to rest' }] : []),
    ...(fleet.mostMemory > MOST_MEMORY_MIB * 1_048_576 ? [{ what: `a service held ${Math.round(fleet.mostMemory / 1_048_576)} MiB` }] : []),
  ];
  return all.map((finding) => ({ kind: 'other', ...finding }));
}
