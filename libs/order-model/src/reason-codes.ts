import { byText } from './json.js';
import type { Policy, ReasonCode } from './policy.js';
import { refusedByPolicy } from './problems.js';
import type { Problem, Reason } from './types.js';
import type { Category } from './words.js';

/**
 * The reasons for which a provider puts an access order in jeopardy: the RCODE field of ASOG's Clarification/
 * Notification form (ASOG 67 as published by Brightspeed, ease.brightspeed.com, `modules/cnr/rcode_cnr`). The texts are
 * ours, and so is `category`: the kind of supplement such a reason usually leads to.
 */
export const TRADE_REASON_CODES: readonly ReasonCode[] = [
  { code: '1A', text: 'too few facilities between the offices', category: 'delivery' },
  { code: '1B', text: 'no capacity in the schedule', category: 'dueDate' },
  { code: '1C', text: 'the customer is not ready', category: 'dueDate' },
  { code: '1D', text: 'there is no loop to the site', category: 'delivery' },
  { code: '1E', text: 'the end user is not ready', category: 'dueDate' },
  { code: '1F', text: 'the provider missed the appointment', category: 'dueDate' },
  { code: '1G', text: "the end user's premises could not be entered", category: 'dueDate' },
  { code: '1H', text: 'the central office takes no changes for now', category: 'dueDate' },
  { code: '1J', text: 'special construction is needed', category: 'construction' },
  { code: '1K', text: 'a flood or other natural disaster', category: 'dueDate' },
  { code: '1L', text: 'the time agreed for the frame work cannot be kept', category: 'dueDate' },
  { code: '1M', text: 'the due date cannot be kept', category: 'dueDate' },
  { code: '1N', text: 'neither the due date nor the time for the frame work can be kept', category: 'dueDate' },
  { code: '1P', text: 'another reason', category: 'technicalDetail' },
  { code: '1Q', text: 'the assignment of facilities went wrong', category: 'technicalDetail' },
  { code: '1R', text: 'the customer was not reached', category: 'dueDate' },
  { code: '1S', text: 'the building is not ready; the customer will say when', category: 'construction' },
  { code: '1T', text: 'the pole at the site is not set', category: 'construction' },
  { code: '1U', text: 'a permit or easement is missing', category: 'construction' },
  { code: '1W', text: 'entrance facilities have to be built', category: 'construction' },
  { code: '1X', text: 'it cannot be done technically', category: 'delivery' },
  { code: '1Y', text: 'the central office lacks equipment', category: 'delivery' },
  { code: '1Z', text: 'another exchange company is not ready', category: 'dueDate' },
];

/** What an ASOG supplement type is here. */
export interface SupplementType {
  /** Entry of the SUP field. */
  readonly sup: '1' | '2' | '3';
  readonly text: string;
  /** The categories that say it, the usual one first. */
  readonly categories: readonly Category[];
}

/**
 * ASOG's SUP field (ASOG 67 as published by Brightspeed, ease.brightspeed.com, `modules/asr/sup_asr_form`). A SUP 3 may
 * also cancel a part of the order or move its date, which `changes` say by themselves. VER, the number of the
 * iteration, is the supplement's `sequence` (domain.md, "A supplement").
 */
export const SUPPLEMENT_TYPES: readonly SupplementType[] = [
  { sup: '1', text: 'the pending order is cancelled whole', categories: ['cancellation'] },
  { sup: '2', text: 'the desired due date moves', categories: ['dueDate'] },
  {
    sup: '3',
    text: 'anything else about an order that was confirmed',
    categories: ['technicalDetail', 'component', 'construction', 'delivery', 'correction'],
  },
];

/** A code that `reason.code` may carry, and who brought it in. */
export interface KnownReasonCode extends ReasonCode {
  readonly source: 'asog' | 'deployment';
}

/** The trade's codes and those of the deployment, sorted by code; one of the deployment replaces the trade's of the same code. */
export function reasonCodes({ reasonCodes: { extra } }: Policy): KnownReasonCode[] {
  const known = new Map<string, KnownReasonCode>();
  for (const one of TRADE_REASON_CODES) known.set(one.code, { ...one, source: 'asog' });
  for (const one of extra) known.set(one.code, { ...one, source: 'deployment' });
  return [...known.values()].sort((a, b) => byText(a.code, b.code));
}

/** The refusal of a `reason.code` that is in no table, where the policy takes only known ones. */
export function reasonProblems(policy: Policy, reason: Reason | undefined): Problem[] {
  const code = reason?.code;
  if (code === undefined || !policy.reasonCodes.onlyKnown) return [];
  const { extra } = policy.reasonCodes;
  if ([...TRADE_REASON_CODES, ...extra].some((known) => known.code === code)) return [];
  return [refusedByPolicy('onlyKnown', `the reason code ${JSON.stringify(code)} is not known here; take one of GET /reason-codes`)];
}
