import { Counter, type Registry } from 'prom-client';

/** What is counted of repairs, each by line: `version` or `supplement`. */
export class RepairMetrics {
  readonly gapsSeen: Counter<'line'>;
  readonly gapsRepaired: Counter<'line'>;
  readonly gapsFailed: Counter<'line'>;
  readonly differencesSeen: Counter<'line'>;
  readonly differencesRepaired: Counter<'line'>;
  readonly differencesFailed: Counter<'line'>;

  constructor(registry: Registry) {
    const counter = (name: string, help: string): Counter<'line'> =>
      new Counter({ name, help, labelNames: ['line'], registers: [registry] });
    this.gapsSeen = counter('supping_gaps_seen_total', 'Ranges missing before inputs that waited longer than SUPPING_GAP_SECONDS');
    this.gapsRepaired = counter('supping_gaps_repaired_total', 'Missing ranges that were asked for and merged');
    this.gapsFailed = counter('supping_gaps_failed_total', 'Tries to repair a missing range that failed; it is tried again');
    this.differencesSeen = counter('supping_head_differences_seen_total', "Ranges missing up to the owner's head of an order");
    this.differencesRepaired = counter('supping_head_differences_repaired_total', 'Differences of heads that were asked for and merged');
    this.differencesFailed = counter('supping_head_differences_failed_total', 'Differences of heads that could not be repaired');
  }
}
