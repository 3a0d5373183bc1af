import type { Sighting } from '../frames/gates.js';
import { pgText } from '../frames/pg-frames.js';
import { SERVICES, type ServiceName } from '../services/replica.js';
import { atFrame, type Fault } from './fault.js';
import { type KillName, POINTS, type Point } from './names.js';

const isCommand = ({ wire, way, frame }: Sighting, direction: Sighting['way'], text: string): boolean =>
  wire === 'pg' && way === direction && pgText(frame) === text;

export const isCommit = (sighting: Sighting): boolean => isCommand(sighting, 'toServer', 'COMMIT');
export const isCommitted = (sighting: Sighting): boolean => isCommand(sighting, 'toClient', 'COMMIT');
/** The broker has taken what was published. */
export const isConfirm = ({ wire, way, frame }: Sighting): boolean => wire === 'amqp' && way === 'toClient' && frame.method === 'basic.ack';
/** Somebody publishes: a relay, mostly. */
export const isPublish = ({ wire, way, frame }: Sighting): boolean =>
  wire === 'amqp' && way === 'toServer' && frame.method === 'basic.publish';
export const isAck = ({ wire, way, frame }: Sighting): boolean => wire === 'amqp' && way === 'toServer' && frame.method === 'basic.ack';

const SEES: Readonly<Record<Point, (sighting: Sighting) => boolean>> = {
  'before commit': isCommit,
  'after commit': isCommitted,
  'after publish': isConfirm,
  'before ack': isAck,
};

function killAt(service: ServiceName, point: Point): Fault {
  return {
    inject: async (world) => {
      const replica = await atFrame(world, world.fleet.of(service), `${service}: ${point}`, SEES[point], (it, { connection }) => {
        void it.kill();
        connection.reset();
        return 'cut';
      });
      await replica.kill();
      world.later(replica.start());
    },
  };
}

const entries = SERVICES.flatMap((service) => POINTS.map((point) => [`kill -9 ${service} ${point}`, killAt(service, point)] as const));

export const kills = Object.fromEntries(entries) as Record<KillName, Fault>;
