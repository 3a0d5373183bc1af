import { EffectiveOrders1764000000001 } from './0001-effective-orders.js';
import { History1764000000002 } from './0002-history.js';
import { DeadLetters1764000000003 } from './0003-dead-letters.js';
import { GapRepair1764000000004 } from './0004-gap-repair.js';
import { EventLog1764000000005 } from './0005-event-log.js';
import { Documents1764000000006 } from './0006-documents.js';
import { Companions1764000000007 } from './0007-companions.js';
import { Fence1764000000008 } from './0008-fence.js';

/** All of them, in order. */
export const MIGRATIONS = [
  EffectiveOrders1764000000001,
  History1764000000002,
  DeadLetters1764000000003,
  GapRepair1764000000004,
  EventLog1764000000005,
  Documents1764000000006,
  Companions1764000000007,
  Fence1764000000008,
];
