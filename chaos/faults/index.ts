import { detours } from './detour.js';
import type { Fault } from './fault.js';
import { kills } from './kills.js';
import { messages } from './messages.js';
import type { FaultName } from './names.js';
import { processes } from './processes.js';
import { servers } from './servers.js';
import { stalls } from './stall.js';
import { ways } from './ways.js';

/** Every fault, by its name. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  ...kills,
  ...ways,
  ...processes,
  ...detours,
  ...messages,
  ...servers,
  ...stalls,
};

export const FAULT_NAMES = Object.keys(faults) as FaultName[];
