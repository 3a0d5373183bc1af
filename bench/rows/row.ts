import type { Result } from '../measure.js';
import type { Servers } from '../stage/servers.js';

/** What a row is given. */
export interface Bench {
  readonly servers: Servers;
  /** Shows how much of the row is done (0 … 1). */
  readonly tick: (done: number) => void;
}

/** Measures one row of the table. @throws Error when what it ran was not as promised */
export type Row = (bench: Bench) => Promise<readonly Result[]>;
