import type { ServiceName } from '../services/replica.js';

/** Where in its work a process is killed. */
export const POINTS = ['before commit', 'after commit', 'after publish', 'before ack'] as const;
export type Point = (typeof POINTS)[number];
export type KillName = `kill -9 ${ServiceName} ${Point}`;

/** Every fault there is. */
export type FaultName =
  | KillName
  | 'COMMIT reply lost'
  | 'confirm lost'
  | 'publish lost'
  | 'half-open sockets'
  | 'SIGSTOP past the lease'
  | 'clock jumps'
  | 'rolling restart'
  | 'duplicated messages'
  | 'shuffled messages'
  | 'delayed messages'
  | 'message dropped'
  | 'binding removed'
  | 'queue deleted'
  | 'poison message'
  | 'message that breaks its consumer'
  | 'oversize body'
  | 'broker node kill -9'
  | 'whole broker restart'
  | 'memory alarm'
  | 'PostgreSQL kill -9'
  | 'deadlock'
  | 'sessions terminated'
  | 'long lock'
  | 'merger stalls in its transaction';
