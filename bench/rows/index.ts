import { accept } from './accept.js';
import { bigTables } from './big-tables.js';
import { catchUpRow } from './catch-up.js';
import { endToEnd } from './end-to-end.js';
import { hotOrder } from './hot-order.js';
import { latency } from './latency.js';
import { bigOrder, longLine } from './merge-cost.js';
import { orderCreate } from './order-create.js';
import { reads } from './reads.js';
import { replicas } from './replicas.js';
import type { Row } from './row.js';

/** Every row by the name that `npm run bench -- NAME` knows it by, in the order in which they run. */
export const ROWS: Readonly<Record<string, Row>> = {
  accept,
  'order-create': orderCreate,
  'end-to-end': endToEnd,
  latency,
  'hot-order': hotOrder,
  'long-line': longLine,
  'big-order': bigOrder,
  reads,
  'catch-up': catchUpRow,
  replicas,
  // One row with it: of the same minute and the same piles.
  memory: catchUpRow,
  'big-tables': bigTables,
};
