import { chmod, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Follower } from './follower.js';
import { Client } from './load/client.js';
import { Requests } from './load/requests.js';
import { Recorder } from './recorder.js';
import { type SabotageName, sabotage } from './sabotage.js';
import { Postgres } from './servers/postgres.js';
import { RabbitMq } from './servers/rabbitmq.js';
import { Fleet } from './services/fleet.js';

/** The servers and services of a run, all its own, and gone when it is closed. */
export interface Stage {
  readonly postgres: Postgres;
  readonly rabbit: RabbitMq;
  readonly fleet: Fleet;
  readonly recorder: Recorder;
  readonly follower: Follower;
  readonly requests: Requests;
  close(): Promise<void>;
}

export interface StageOptions {
  /** The repository, built. */
  readonly root: string;
  readonly nodes: number;
  readonly sabotage: SabotageName | undefined;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Sets everything up in a folder of its own; what was started is ended again when a part of it fails. */
export async function openStage({ root, nodes, sabotage: name, signal, say }: StageOptions): Promise<Stage> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step().catch((error: Error) => say(error.message));
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'supping-chaos-'));
    undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    // The servers run as other users.
    await chmod(folder, 0o755);
    const app = await copyOfApp(root, folder, name);
    say(`Starting PostgreSQL and ${nodes === 1 ? 'one RabbitMQ node' : `${nodes} RabbitMQ nodes`} …`);
    const [postgres, rabbit] = await both(Postgres.start(folder, signal), RabbitMq.start(folder, nodes, signal), undo);
    const recorder = new Recorder(() => rabbit.alive.url, signal);
    await recorder.open();
    undo.push(() => recorder.close());
    say('Starting the services …');
    const fleet = await Fleet.start(app, folder, postgres, rabbit, signal);
    undo.push(() => fleet.close());
    const client = new Client(fleet, signal);
    const requests = new Requests(client, () => Date.now());
    return { postgres, rabbit, fleet, recorder, follower: new Follower(client, signal), requests, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function both(
  starting: Promise<Postgres>,
  joining: Promise<RabbitMq>,
  undo: (() => Promise<unknown>)[],
): Promise<[Postgres, RabbitMq]> {
  const [postgres, rabbit] = await Promise.allSettled([starting, joining]);
  if (postgres.status === 'fulfilled') undo.push(() => postgres.value.stop());
  if (rabbit.status === 'fulfilled') undo.push(() => rabbit.value.stop());
  if (postgres.status === 'rejected') throw postgres.reason;
  if (rabbit.status === 'rejected') throw rabbit.reason;
  return [postgres.value, rabbit.value];
}

/** What is built, copied: a build beside the run changes nothing in it, and a sabotage nothing outside it. */
async function copyOfApp(root: string, folder: string, name: SabotageName | undefined): Promise<string> {
  const app = join(folder, 'app');
  for (const part of ['package.json', 'dist/apps', 'dist/libs', 'dist/chaos'])
    await cp(join(root, part), join(app, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(app, 'node_modules'));
  if (name !== undefined) await sabotage(join(app, 'dist'), name);
  return app;
}
